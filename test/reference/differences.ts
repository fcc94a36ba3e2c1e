// Everything in which ours differs from mdevctl 1.4.0, with the reason, and what ours does instead as a change to
// what 1.4.0 did. A case names its difference; nothing else may differ, and a difference that no case has, or that
// a case names in vain, fails.

import type { Calls, Outcome } from "./compare.ts";
import { E, P1 } from "./machine.ts";
import type { Run } from "./programs.ts";

export interface Difference {
  readonly reason: string;
  /** What ours does, from what the reference did (on the case's `like` machine, if it has one). */
  readonly ours: (reference: Outcome, mine: Outcome) => Outcome;
  /** 1.4.0 sometimes happens to do the same. */
  readonly chance?: true;
}

/** A difference that concerns many command lines alike. */
export interface GeneralDifference {
  readonly reason: string;
  readonly applies: (words: readonly string[], reference: Run, calls: Calls) => boolean;
  readonly run?: (reference: Run, mine: Run) => Run;
  readonly calls?: (reference: Calls) => Calls;
}

export const general: readonly GeneralDifference[] = [
  {
    reason: "the version is our own",
    applies: (_words, { status, stdout }) => status === 0 && / 1\.4\.0\n$/.test(stdout),
    run: (reference, mine) => {
      const version = / (\d+\.\d+\.\d+\S*)\n$/.exec(mine.stdout)?.[1] ?? "X.Y.Z";
      return { ...reference, stdout: reference.stdout.replace("1.4.0", version) };
    },
  },
  {
    reason: "help is worded anew",
    applies: (_words, { status, stdout }) => status === 0 && /^Usage: /m.test(stdout),
    run: (reference, mine) => ({ ...reference, stdout: /^usage: /im.test(mine.stdout) ? mine.stdout : "usage: …" }),
  },
  {
    reason: "JSON is text, which ends with a newline",
    applies: (words, { status }) => status === 0 && words.includes("--dumpjson"),
    run: (reference) => ({ ...reference, stdout: `${reference.stdout}\n` }),
  },
  {
    reason: "a live update is from a file, so that anything else is wrong usage",
    applies: (words, { status }) =>
      status === 1 && isLive(words) && !words.some((word) => word.startsWith("--jsonfile")),
    run: (reference) => ({ ...reference, status: 2 }),
    calls: () => ({}),
  },
  {
    reason: "scripts are not asked for attributes that nobody will see: a listing without them",
    applies: (words, _run, calls) =>
      words[0] === "list" &&
      Object.keys(calls).length > 0 &&
      !words.some((word) => /^(--verbose|--dumpjson|-v|-dv|--defined|-d)$/.test(word)),
    run: (reference) => ({ ...reference, stderr: reference.status === 0 ? "silent" : reference.stderr }),
    calls: () => ({}),
  },
  {
    reason: "scripts are not asked for attributes that nobody will see: those before a live update",
    applies: isLive,
    calls: (reference) => withoutCalls(reference, (call) => call.includes("-e get -a attributes ")),
  },
];

function isLive(words: readonly string[]): boolean {
  return words[0] === "modify" && words.some((word) => /^(--live|-l|-ld)$/.test(word));
}

function withoutCalls(calls: Calls, isLeftOut: (call: string) => boolean): Calls {
  const left = Object.entries(calls).map(([key, list]) => [key, list.filter((call) => !isLeftOut(call))] as const);
  return Object.fromEntries(left.filter(([, list]) => list.length > 0));
}

/** Nothing printed but a message, nothing touched, no script called. */
const refused = (status: number) => (): Outcome => ({
  runs: [{ status, stdout: "", stderr: "says something" }],
  changes: {},
  calls: {},
});

const withStderr =
  (stderr: Run["stderr"]) =>
  (outcome: Outcome): Outcome => ({
    ...outcome,
    runs: outcome.runs.map((run) => ({ ...run, stderr })),
  });

const warned = withStderr("says something");

/** What the reference did on the machine that the case likens its own to. */
const likewise = (outcome: Outcome): Outcome => outcome;

const removed =
  (...paths: readonly string[]) =>
  (reference: Outcome): Outcome => ({
    ...reference,
    runs: reference.runs.map((run) => ({ ...run, status: 0 })),
    changes: Object.fromEntries(paths.map((path) => [path, "removed"])),
  });

export const differences = {
  "unreadable types are skipped": {
    reason: "one parent or type that cannot be read must not hide the others; a warning says which",
    ours: warned,
  },
  "broken definitions are skipped": {
    reason: "one broken file must not hide the others nor keep them from starting; a warning says which",
    ours: warned,
  },
  "broken definitions can be undefined": {
    reason: "undefine is how to get rid of a broken file",
    ours: removed(`etc/mdevctl.d/${P1}/${E}`),
  },
  "all broken definitions of a device can be undefined": {
    reason: "undefine is how to get rid of a broken file",
    ours: removed(`etc/mdevctl.d/${P1}/${E}`, `etc/mdevctl.d/0000:00:04.0/${E}`),
  },
  "a type that isn't text is an error": {
    reason: "1.4.0 crashes",
    ours: refused(1),
  },
  "only what is defined can be modified": {
    reason: "1.4.0 makes a definition of what was to be modified",
    ours: refused(1),
  },
  "instances below zero are none": {
    reason: "a device can be started when instances are above 0",
    ours: refused(1),
  },
  "two link targets tell what is active": {
    reason: "in sysfs a type's link goes with the device, so where it leads is not looked at for each device",
    ours: likewise,
  },
  "any count of instances is one": {
    reason: "1.4.0 takes no more than 2147483647",
    ours: (reference) => ({
      ...reference,
      runs: reference.runs.map((run) => ({ ...run, stdout: run.stdout.replace("2147483647", "4294967296") })),
    }),
  },
  "a blank answer is empty": {
    reason: "a script that echoes nothing has no attributes",
    ours: likewise,
  },
  "nothing is made in sysfs": {
    reason: "1.4.0 makes a file named create or remove where the driver has none, and reports success",
    ours: refused(1),
  },
  "names that lead elsewhere are refused": {
    reason: "1.4.0 reads and writes wherever such a name leads",
    ours: refused(2),
  },
  "names in a file that lead elsewhere are refused": {
    reason: "1.4.0 reads and writes wherever such a name leads; the command line itself is right",
    ours: refused(1),
  },
  "only the stored spelling of a uuid counts": {
    reason: "1.4.0 lists definitions under other spellings in one format, not in the other, and cannot remove them",
    ours: warned,
  },
  "a warning is for what looks like a uuid": {
    reason: "other files may lie there for good reasons",
    ours: withStderr("silent"),
  },
  "scripts.d is no parent": {
    reason: "it holds the scripts",
    ours: likewise,
  },
  "links are followed": {
    reason: "configuration managers place definitions as links, which 1.4.0 does not list",
    ours: likewise,
  },
  "links are not written through": {
    reason: "what the link leads to is somebody else's; the message says where it leads",
    ours: refused(1),
  },
  "undefine removes a link, not its target": {
    reason: "configuration managers place definitions as links, which 1.4.0 does not find",
    ours: likewise,
  },
  "missing directories are empty ones": {
    reason: "1.4.0 fails every command, help included, without its directories",
    ours: likewise,
  },
  "define makes the directories it needs": {
    reason: "1.4.0 fails every command, help included, without its directories",
    ours: (reference) => ({
      ...reference,
      changes: { ...reference.changes, etc: "directory 755", "etc/mdevctl.d": "directory 755" },
    }),
  },
  "a script that cannot run is told of": {
    reason: "1.4.0 passes over it without a word",
    ours: warned,
  },
  "what a failing script says is passed on": {
    reason: "why a notifier failed is worth knowing, which 1.4.0 keeps to itself",
    ours: warned,
  },
  "a killed script has failed": {
    reason: "1.4.0 goes on as if a script that a signal killed had agreed",
    ours: likewise,
  },
  "capabilities that aren't UTF-8 are none": {
    reason: "1.4.0 crashes",
    ours: likewise,
  },
  "a wrong answer is no answer": {
    reason: "1.4.0 lists what precedes the mistake",
    ours: likewise,
  },
  "attributes that aren't UTF-8 are a wrong answer": {
    reason: "1.4.0 stores and shows a replacement character in the place of the value",
    ours: likewise,
  },
  "an answer of NULs is empty": {
    reason: "trailing NULs are ignored, and an empty answer means none",
    ours: likewise,
  },
  "what needs no script asks none": {
    reason: "whether a live update is possible at all is found out before a script is asked",
    ours: (reference) => ({ ...reference, calls: {} }),
  },
  "who said 2 is not asked again": {
    reason: "the answer is about the type, so it holds for the other devices of that type in the same run",
    ours: (reference, mine) => {
      const question = (call: string) => call.replace(/ -s .*/, "");
      const once = new Set(Object.values(mine.calls).flat().map(question));
      const left = (call: string) => !Object.values(mine.calls).flat().includes(call) && once.has(question(call));
      return { ...reference, calls: withoutCalls(reference.calls, (call) => call.startsWith("other") && left(call)) };
    },
    chance: true,
  },
  "what is active needs no start": {
    reason: "a parent's later events must neither ask the scripts nor warn again about devices that run",
    ours: (reference) => ({ ...withStderr("silent")(reference), calls: {} }),
  },
  "notifiers run in the order of their names": {
    reason: "1.4.0 runs them in the order of the directory",
    ours: (reference) => ({
      ...reference,
      calls: Object.fromEntries(Object.entries(reference.calls).map(([key, calls]) => [key, inNameOrder(calls)])),
    }),
    chance: true,
  },
} satisfies Record<string, Difference>;

/** Of scripts whose names say the directory: `1-` the first, `2-` the second. */
const inNameOrder = (calls: readonly string[]): readonly string[] => [...calls].sort();

export type DifferenceName = keyof typeof differences;
