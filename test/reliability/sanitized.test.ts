// The native executable with random command lines, definitions, sysfs, scripts and inherited state, compiled with
// AddressSanitizer and UndefinedBehaviorSanitizer, engine and all; in part the one of MDEVCTL_BIN, where limits do not
// leave room for these. Skipped for the Node.js build: its engine is not ours to check.
//
// $MDEVCTL_FUZZ_SECONDS is how long it runs. $MDEVCTL_FUZZ_WITHOUT names, separated by commas, kinds of state that are
// left out (settings.ts), or "control" for the check of control characters. $MDEVCTL_FUZZ_SEED and $MDEVCTL_FUZZ_PATH,
// and perhaps $MDEVCTL_FUZZ_LOCKED, as a find prints them, run one case again and leave its directory.

import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { quoteForShell } from "../../src/quote.ts";
import { run as runHere } from "../../src/run.ts";
import { writeSandbox } from "../../src/sandbox/simulate.ts";
import { testParents } from "../../src/testing/machine.ts";
import { unflushedSystem } from "../../src/testing/unflushed.ts";
import { active, both, defined, twice } from "./arbitraries.ts";
import { type Case, type Change, lockedCase, oneCase, type Run } from "./cases.ts";
import { checkDefinitions, checkEnd, definitionsBelow, describeOutside, Find, type Launched } from "./finds.ts";
import { definition } from "./host.ts";
import { isNative, program } from "./program.ts";
import { needsPlain, noName } from "./settings.ts";

const seconds = Number(process.env.MDEVCTL_FUZZ_SECONDS ?? 60);
const again = process.env.MDEVCTL_FUZZ_SEED;

/** How long a command may take: 30 seconds for a lock, and some for each script, on a busy machine. */
const limitSeconds = 120;

// The machine

let base = "";
const machine = () => `${base}/machine`;
/** The files of the machine, below its root. */
let files: readonly string[] = [];

async function makeMachine(): Promise<void> {
  const root = machine();
  const write = (path: string, content: string) => {
    fs.mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    fs.writeFileSync(`${root}/${path}`, content);
  };
  write("json/good", definition([{ "power/control": "on" }], "mtty-1"));
  write("json/bad", '{"mdev_type":1}');
  const system = unflushedSystem();
  writeSandbox(system, root, { parents: testParents });
  const attributes = [{ assign_adapter: "5" }, { assign_domain: "4" }];
  write(`etc/mdevctl.d/mtty/${defined}`, definition([], "mtty-1"));
  write(`etc/mdevctl.d/matrix/${both}`, definition(attributes, "vfio_ap-passthrough"));
  write(`etc/mdevctl.d/mtty/${twice}`, definition([], "mtty-2"));
  write(`etc/mdevctl.d/matrix/${twice}`, definition(attributes, "vfio_ap-passthrough"));
  const environment: Readonly<Record<string, string>> = { MDEVCTL_ENV_ROOT: root };
  for (const args of [
    ["start", "-u", both],
    ["start", "-u", active, "-p", "mtty", "-t", "mtty-2"],
  ]) {
    expect(await runHere({ ...system, args, environment: (name) => environment[name] })).toBe(0);
  }
  files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

beforeAll(async () => {
  if (!isNative) return;
  base = fs.realpathSync(fs.mkdtempSync(join(process.env.MDEVCTL_TEST_DIRECTORY ?? tmpdir(), "mdevctl-fuzz-")));
  // Some cases run as somebody else; and who builds anew does not change what is tested.
  fs.chmodSync(base, 0o755);
  execFileSync("make", ["--silent", "build/checked"], { stdio: "inherit" });
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", `${base}/launch`, "test/reliability/launch.c"]);
  fs.copyFileSync("build/checked", `${base}/checked`);
  fs.copyFileSync(program[0] ?? "", `${base}/plain`);
  await makeMachine();
  return () => again ?? fs.rmSync(base, { recursive: true });
}, 600_000);

// Running them

const counts: Record<string, number> = {};
function count(what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

function launch(args: readonly string[], input: string | undefined): Promise<Launched> {
  return new Promise((resolve, reject) => {
    const child = spawn(`${base}/launch`, args, {
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe"],
    });
    const output: Buffer[][] = [[], [], [], []];
    for (const [at, stream] of child.stdio.entries()) {
      if (stream instanceof Readable) stream.on("data", (data: Buffer) => output[at]?.push(data));
    }
    // The program may not read it.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.on("error", reject);
    child.on("close", () => {
      const [, , stderr = Buffer.of(), report] = output.map((parts) => Buffer.concat(parts));
      const [status = "", ...left] = String(report).trimEnd().split("\n");
      resolve({ status, left, stderr });
    });
  });
}

/** The arguments of launch.c. */
function argsOf({ line, settings, plain }: Run, directory: string): string[] {
  const isPlain = plain || settings.some(({ kind }) => needsPlain.includes(kind));
  const words = settings.flatMap((setting) => setting.words);
  const name = words.findLast((word) => word.startsWith("name="))?.slice("name=".length);
  const place = (word: string) =>
    word
      .replaceAll("@root", `${directory}/root`)
      .replaceAll("%40root", `${directory}/root`)
      .replaceAll("@case", directory)
      .replaceAll("/outside/file", "/dev/stdin");
  // The system log is this machine's.
  const given = line.filter((word) => !word.startsWith("--syslog"));
  return [
    `seconds=${limitSeconds}`,
    ...words.filter((word) => !word.startsWith("name=")),
    "env=PATH=/usr/local/bin:/usr/bin:/bin",
    "env=MDEVCTL_ENV_ROOT=@root",
    "env=MDEVCTL_CALLOUT_TIMEOUT=1",
    "reports=@case/sanitizers",
    "--",
    `${base}/${isPlain ? "plain" : "checked"}`,
    ...(name === noName ? [] : [name ?? (line[0] === "lsmdev" ? "lsmdev" : "mdevctl"), ...given]),
  ].map(place);
}

function put(root: string, { path, content: what }: Change): void {
  const below = typeof path === "number" ? Buffer.from(files[path % files.length] ?? "") : path;
  const place = Buffer.concat([Buffer.from(`${root}/`), below]);
  try {
    fs.rmSync(place, { force: true });
    if (what === "directory") fs.mkdirSync(place);
    else if (what === "dangling") fs.symlinkSync("nowhere", place);
    else if (what === "loop") fs.symlinkSync(".", place);
    else if (what !== "missing") fs.writeFileSync(place, typeof what === "string" ? what : what.bytes);
  } catch (error) {
    // An earlier change is in the way, or is the directory of this one.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

/** How often there was each kind. */
const finds = new Map<string, number>();

/** Runs a case. A find is thrown if it is the first of its kind, or of the kind that is being shrunk. */
async function torture({ changes, scripts, runs }: Case) {
  const directory = fs.mkdtempSync(`${base}/case-`);
  const root = `${directory}/root`;
  const commands: string[] = [];
  try {
    fs.chmodSync(directory, 0o777);
    fs.mkdirSync(`${directory}/outside`);
    fs.writeFileSync(`${directory}/outside/file`, "theirs");
    fs.cpSync(machine(), root, { recursive: true, verbatimSymlinks: true });
    for (const { path, text: content, mode } of scripts) {
      put(root, { path: Buffer.from(path), content });
      fs.chmodSync(`${root}/${path}`, mode);
    }
    for (const each of changes) put(root, each);
    count("cases");
    const besides = describeOutside(directory);
    for (const one of runs) {
      const args = argsOf(one, directory);
      const line = args.slice(args.indexOf("--") + 3);
      commands.push(`${base}/launch ${args.map(quoteForShell).join(" ")} 3>&1`);
      const before = definitionsBelow(root);
      const launched = await launch(args, one.input);
      count("command lines");
      count(launched.status);
      for (const kind of new Set(one.settings.map(({ kind: each }) => each))) count(`with: ${kind}`);
      checkEnd(args, directory, launched);
      const isStarved = one.settings.some(({ kind }) => ["memory", "stack"].includes(kind));
      checkDefinitions({ line, status: launched.status, isStarved }, [before, definitionsBelow(root)]);
      if (describeOutside(directory) !== besides)
        throw new Find("something outside the root changed", describeOutside(directory));
    }
  } catch (error) {
    if (error instanceof Find) error.message = `${commands.join("\n")}\n${error.message}`;
    throw error;
  } finally {
    if (again === undefined) fs.rmSync(directory, { recursive: true });
  }
}

/** For people's terminals. */
function shorten(message: string): string {
  const lines = message.replaceAll(/[^\n -~]/g, "?").split("\n");
  return lines
    .slice(0, 60)
    .map((each) => each.slice(0, 3000))
    .join("\n");
}

const started = Date.now();
let nextSeed = again === undefined ? started % 2 ** 31 : Number(again);

/** Runs cases until the time is over. */
async function work(cases: typeof oneCase): Promise<void> {
  while (Date.now() < started + seconds * 1000 && finds.size < 20) {
    const seed = nextSeed++;
    let shrinking: string | undefined;
    let shrinkUntil = started + (seconds + 60) * 1000;
    const property = fc.asyncProperty(cases, async (one) => {
      if (Date.now() > shrinkUntil) return;
      try {
        await torture(one);
      } catch (error) {
        const kind = error instanceof Find ? error.kind : String(error);
        if (!finds.has(kind) && shrinking === undefined) {
          console.log(`find after ${Math.round((Date.now() - started) / 1000)} s: ${kind}`);
          finds.set(kind, 1);
          shrinking = kind;
          shrinkUntil = Date.now() + 30_000;
        }
        if (kind === shrinking) throw error;
        const times = finds.get(kind);
        if (times !== undefined) finds.set(kind, times + 1);
      }
    });
    const options = again === undefined ? {} : { path: process.env.MDEVCTL_FUZZ_PATH ?? "", endOnFailure: true };
    const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
      seed,
      numRuns: 50,
      ...options,
    });
    if (failed) {
      const locked = cases === lockedCase ? " MDEVCTL_FUZZ_LOCKED=1" : "";
      console.log(`\nMDEVCTL_FUZZ_SEED=${seed} MDEVCTL_FUZZ_PATH=${counterexamplePath}${locked}`);
      console.log(shorten(fc.stringify(counterexample)));
      console.log(shorten(String(errorInstance)));
    }
    if (again !== undefined) return;
  }
}

test.runIf(isNative)(
  "whatever it is given, and by whomever it is started, nothing is undefined and definitions stay whole",
  async () => {
    const repeated = process.env.MDEVCTL_FUZZ_LOCKED === undefined ? oneCase : lockedCase;
    const workers = again === undefined ? [oneCase, oneCase, oneCase, lockedCase, lockedCase] : [repeated];
    await Promise.all(workers.map(work));
    console.log(
      Object.entries(counts)
        .sort()
        .map(([what, number]) => `${what}: ${number}`)
        .join("\n"),
    );
    expect([...finds]).toEqual([]);
  },
  (seconds + 600) * 1000,
);
