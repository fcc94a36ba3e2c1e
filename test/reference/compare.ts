// Runs a command line by mdevctl 1.4.0 and by ours, each on its own copy of a machine, and compares the
// outcomes: exit status, standard output, whether there was anything on standard error, every change below the root,
// and how each callout script was called. Only differences.ts says what may differ.

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Holder, startHolder } from "../../src/testing/holder.ts";
import { unflushedSystem } from "../../src/testing/unflushed.ts";
import { type Difference, type DifferenceName, differences, general } from "./differences.ts";
import { names } from "./machine.ts";
import { commandOf, ours, type Program, type Run, reference, run } from "./programs.ts";
import { scratchDirectory } from "./scratch.ts";
import { changesBetween, readTree, type Tree, writeTree } from "./tree.ts";

/** For each device the calls of scripts, in order; the order of the devices does not matter. */
export type Calls = Readonly<Record<string, readonly string[]>>;

/** The outcome of the command lines of one case. */
export interface Outcome {
  readonly runs: readonly Run[];
  /** Paths below the root that changed, with what is there afterwards. */
  readonly changes: Readonly<Record<string, string>>;
  readonly calls: Calls;
}

export interface Case {
  /** A command line without the program's name, or several with `; ` between them. `$A` and the like stand for names. */
  readonly args: string | readonly string[];
  /** What is special about it, if the arguments don't show it. */
  readonly title?: string;
  readonly program?: "mdevctl" | "lsmdev";
  readonly machine?: Tree;
  readonly stdin?: string;
  /** A file below the root that another process has open. */
  readonly open?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The listed difference that makes ours do something else here. */
  readonly differs?: DifferenceName;
  /** The machine on which 1.4.0 does what ours does here, apart from the difference. */
  readonly like?: Tree;
}

const system = unflushedSystem();

let declared = 0;
let ran = 0;
let compared = 0;
const used = new Set<string>();

/** A table of cases, one per row, on one machine unless a row has its own. A row may be just the command line. */
export function compare(subject: string, machine: Tree, rows: readonly (string | Case)[]): void {
  describe(subject, () => {
    for (const row of rows) {
      declared++;
      const one = typeof row === "string" ? { args: row } : row;
      test(titleOf(one), () => compareCase({ machine, ...one }));
    }
  });
}

const titleOf = ({ program = "mdevctl", args, title }: Case): string =>
  `${program} ${typeof args === "string" ? args : args.map((word) => JSON.stringify(word)).join(" ")}${title === undefined ? "" : ` (${title})`}`;

async function compareCase(one: Case & { readonly machine: Tree }): Promise<void> {
  const [theirs, mine, alike] = await Promise.all([
    outcomeOf(reference, one),
    outcomeOf(ours, one),
    one.like === undefined ? undefined : outcomeOf(reference, { ...one, machine: one.like }),
  ]);
  ran++;
  compared += mine.runs.length;
  const usual = withGeneral(theirs, mine, one.args);
  let expected = withGeneral(alike ?? theirs, mine, one.args);
  if (one.differs !== undefined) {
    const difference: Difference = differences[one.differs];
    expected = difference.ours(expected, mine);
    used.add(one.differs);
    if (difference.chance !== true) {
      expect(mine, `no longer differs, so "${one.differs}" doesn't belong here`).not.toEqual(usual);
    }
  }
  expect(mine).toEqual(expected);
}

/** What ours does where only the general differences apply. */
function withGeneral(reference: Outcome, mine: Outcome, args: Case["args"]): Outcome {
  let expected = reference;
  for (const [index, words] of commandLines(args).entries()) {
    const [theirRun, myRun] = [reference.runs[index], mine.runs[index]];
    if (theirRun === undefined || myRun === undefined) throw new Error("a command line was not run");
    for (const { applies, run, calls } of general) {
      if (!applies(words, theirRun, reference.calls)) continue;
      const runs = expected.runs.map((before, at) => (at === index && run !== undefined ? run(before, myRun) : before));
      expected = { ...expected, runs, calls: calls?.(expected.calls) ?? expected.calls };
    }
  }
  return expected;
}

async function outcomeOf(program: Program, one: Case & { readonly machine: Tree }): Promise<Outcome> {
  const scratch = mkdtempSync(join(scratchDirectory, "reference-"));
  const root = join(scratch, "root");
  const log = join(scratch, "calls");
  let held: Holder | undefined;
  try {
    mkdirSync(root);
    writeTree(system, root, one.machine);
    const input = one.stdin === undefined ? undefined : join(scratch, "input");
    if (input !== undefined) writeFileSync(input, one.stdin ?? "");
    if (one.open !== undefined) held = await startHolder(join(root, one.open));
    const before = readTree(root);
    const start = commandOf(program, one.program ?? "mdevctl", scratch);
    const runs: Run[] = [];
    for (const words of commandLines(one.args)) {
      const command = [...start, ...words.map((word) => word.replaceAll("$ROOT", root))];
      runs.push(await run({ command, root, log, environment: one.environment ?? {}, input }));
    }
    const calls = existsSync(log) ? readFileSync(log, "utf8").split("\x1e").slice(0, -1) : [];
    const outcome = { runs, changes: changesBetween(before, readTree(root)), calls: callsByDevice(calls) };
    return withoutChance(outcome, root, JSON.stringify([one.machine, one.args, one.stdin, names]));
  } finally {
    await held?.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `''` is an empty word; `$A` and the like become names, `$ROOT` is left for later. */
function commandLines(args: string | readonly string[]): readonly (readonly string[])[] {
  if (typeof args !== "string") return [args];
  const named = args.replaceAll(
    /\$([A-Z]\d?)\b/g,
    (text, name: string) => Object.entries(names).find(([key]) => key === name)?.[1] ?? text,
  );
  return named
    .split("; ")
    .map((line) => (line === "" ? [] : line.split(" ").map((word) => (word === "''" ? "" : word))));
}

/** Capabilities are asked for once per type and parent, with the first device that comes up. */
function callsByDevice(calls: readonly string[]): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const call of calls) {
    const [, type, action, uuid, parent] = /^\S+ -t (.*?) -e .* -a (\S+) -s .* -u (\S+) -p (.*?) </.exec(call) ?? [];
    const [key, text] =
      action === "capabilities"
        ? [`type ${type} of ${parent}`, call.replace(` -u ${uuid} `, " -u … ")]
        : [`${uuid} of ${parent}`, call];
    grouped[key] = [...(grouped[key] ?? []), text];
  }
  return grouped;
}

/** Removes what differs from run to run: the root's path, and uuids that the program generated (random, version 4). */
function withoutChance(outcome: Outcome, root: string, known: string): Outcome {
  const text = JSON.stringify(outcome)
    .replaceAll(root, "$ROOT")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (uuid) =>
      known.includes(uuid) ? uuid : "a new uuid",
    );
  return JSON.parse(text);
}

afterAll(() => {
  const tally = process.env.MDEVCTL_REFERENCE_TALLY;
  if (tally !== undefined) appendFileSync(tally, `${JSON.stringify({ declared, ran, compared, used: [...used] })}\n`);
});
