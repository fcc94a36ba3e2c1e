// All differences from mdevctl 1.4.0, each with the reason and with what ours does, as a change to what 1.4.0 did. A
// case names its difference; nothing else may differ. A difference that no case names fails, and so does one that a
// case names although nothing differs.

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

/** A difference that concerns many command lines. */
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
    reason: "the help is reworded",
    applies: (_words, { status, stdout }) => status === 0 && /^Usage: /m.test(stdout),
    run: (reference, mine) => ({ ...reference, stdout: /^usage: /im.test(mine.stdout) ? mine.stdout : "usage: …" }),
  },
  {
    reason: "JSON is text, which ends with a newline",
    applies: (words, { status }) => status === 0 && words.includes("--dumpjson"),
    run: (reference) => ({ ...reference, stdout: `${reference.stdout}\n` }),
  },
  {
    reason:
      "what is accepted, but hardly meant, is warned about: an unknown start mode, a type that the parent does not have",
    applies: (words, { status }) =>
      status === 0 && words.some((word) => word.startsWith("--jsonfile") || (words[0] === "define" && word === "-p")),
    run: (reference, mine) => ({ ...reference, stderr: mine.stderr }),
  },
  {
    reason: "a live update needs a file, so anything else is wrong usage",
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
    reason: "a listing warns of attributes that it leaves out",
    applies: (words, { status }, calls) =>
      words[0] === "list" &&
      status === 0 &&
      Object.values(calls)
        .flat()
        .some((call) => call.includes(" attributes ")),
    run: (reference, mine) => ({ ...reference, stderr: mine.stderr }),
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

/** Prints only a message, touches nothing, calls no script. */
const refuse = (status: number) => (): Outcome => ({
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

const warn = withStderr("says something");

/** What the reference did on the case's `like` machine. */
const likewise = (outcome: Outcome): Outcome => outcome;

const remove =
  (...paths: readonly string[]) =>
  (reference: Outcome): Outcome => ({
    ...reference,
    runs: reference.runs.map((run) => ({ ...run, status: 0 })),
    changes: Object.fromEntries(paths.map((path) => [path, "removed"])),
  });

export const differences = {
  "unreadable types are skipped": {
    reason: "one parent or type that cannot be read must not hide the others; a warning says which",
    ours: warn,
  },
  "broken definitions are skipped": {
    reason: "one broken file must not hide the others nor keep them from starting; a warning says which",
    ours: warn,
  },
  "broken definitions can be undefined": {
    reason: "undefine is how to get rid of a broken file",
    ours: remove(`etc/mdevctl.d/${P1}/${E}`),
  },
  "all broken definitions of a device can be undefined": {
    reason: "undefine is how to get rid of a broken file",
    ours: remove(`etc/mdevctl.d/${P1}/${E}`, `etc/mdevctl.d/0000:00:04.0/${E}`),
  },
  "a type that isn't text is an error": {
    reason: "1.4.0 crashes",
    ours: refuse(1),
  },
  "only what is defined can be modified": {
    reason: "1.4.0 creates a definition of the device that was to be modified",
    ours: refuse(1),
  },
  "negative instances count as none": {
    reason: "a device can be started when instances are above 0",
    ours: refuse(1),
  },
  "two link targets tell what is active": {
    reason: "in sysfs a type's link disappears with the device, so its target is not checked for each device",
    ours: likewise,
  },
  "any number of instances is accepted": {
    reason: "1.4.0 accepts at most 2147483647",
    ours: (reference) => ({
      ...reference,
      runs: reference.runs.map((run) => ({ ...run, stdout: run.stdout.replace("2147483647", "4294967296") })),
    }),
  },
  "a name stays on its line": {
    reason: "1.4.0 prints a line that somebody's name makes, which may look like a device",
    ours: (reference) => ({
      ...reference,
      runs: reference.runs.map((run) => ({ ...run, stdout: run.stdout.replace(/(?<=Name: a|\{"e)\n/, "\\n") })),
    }),
  },
  "a blank answer is empty": {
    reason: "a script that echoes nothing has no attributes",
    ours: likewise,
  },
  "nothing is created in sysfs": {
    reason: "1.4.0 creates a file named create or remove where the driver has none, and reports success",
    ours: refuse(1),
  },
  "a device in use is not stopped": {
    reason: "1.4.0 takes the device away from the virtual machine that uses it, or waits until that ends",
    ours: refuse(1),
  },
  "a device in use is stopped with a warning": {
    reason: "--force is for those who know that it is in use; the message says by whom",
    ours: warn,
  },
  "names that lead elsewhere are refused": {
    reason: "1.4.0 reads and writes wherever such a name leads",
    ours: refuse(2),
  },
  "names in a file that lead elsewhere are refused": {
    reason: "1.4.0 reads and writes wherever such a name leads; the command line itself is valid",
    ours: refuse(1),
  },
  "only the stored spelling of a uuid counts": {
    reason: "1.4.0 lists definitions under other spellings in one format, not in the other, and cannot remove them",
    ours: warn,
  },
  "only names that look like a uuid get a warning": {
    reason: "other files may be there for good reasons",
    ours: withStderr("silent"),
  },
  "scripts.d is not a parent": {
    reason: "it holds the scripts",
    ours: likewise,
  },
  "links are followed": {
    reason: "configuration managers place definitions as links, which 1.4.0 does not list",
    ours: likewise,
  },
  "links are not written through": {
    reason: "the target of the link belongs to someone else; the message says where it leads",
    ours: refuse(1),
  },
  "undefine removes a link, not its target": {
    reason: "configuration managers place definitions as links, which 1.4.0 does not find",
    ours: likewise,
  },
  "missing directories count as empty": {
    reason: "1.4.0 fails every command, help included, without its directories",
    ours: likewise,
  },
  "define creates the directories it needs": {
    reason: "1.4.0 fails every command, help included, without its directories",
    ours: (reference) => ({
      ...reference,
      changes: { ...reference.changes, etc: "directory 755", "etc/mdevctl.d": "directory 755" },
    }),
  },
  "a script that cannot run is reported": {
    reason: "1.4.0 skips it silently",
    ours: warn,
  },
  "the stderr of a failing script is passed on": {
    reason: "1.4.0 does not say why a notifier failed",
    ours: warn,
  },
  "a killed script has failed": {
    reason: "1.4.0 takes a script that a signal killed for one that agreed",
    ours: likewise,
  },
  "capabilities that aren't UTF-8 are ignored": {
    reason: "1.4.0 crashes",
    ours: likewise,
  },
  "an invalid answer counts as none": {
    reason: "1.4.0 lists what precedes the mistake",
    ours: likewise,
  },
  "numbers and booleans are values": {
    reason: "what a script means by them is clear",
    ours: likewise,
  },
  "attributes that aren't UTF-8 are an invalid answer": {
    reason: "1.4.0 stores and shows a replacement character instead of the value",
    ours: likewise,
  },
  "an answer of NULs is empty": {
    reason: "trailing NULs are ignored, and an empty answer means none",
    ours: likewise,
  },
  "a command that needs no script calls none": {
    reason: "whether a live update is possible is checked before any script is called",
    ours: (reference) => ({ ...reference, calls: {} }),
  },
  "a script that exits with 2 is not called again": {
    reason: "the answer is about the type, so it holds for the other devices of that type in the same run",
    ours: (reference, mine) => {
      const question = (call: string) => call.replace(/ -s .*/, "");
      const once = new Set(Object.values(mine.calls).flat().map(question));
      const left = (call: string) => !Object.values(mine.calls).flat().includes(call) && once.has(question(call));
      return { ...reference, calls: withoutCalls(reference.calls, (call) => call.startsWith("other") && left(call)) };
    },
    chance: true,
  },
  "an active device is not started again": {
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

/** For scripts whose names give the directory: `1-` the first, `2-` the second. */
const inNameOrder = (calls: readonly string[]): readonly string[] => [...calls].sort();

export type DifferenceName = keyof typeof differences;
