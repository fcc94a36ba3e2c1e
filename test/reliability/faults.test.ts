// Every system call that a command makes fails once with each likely error, and is once interrupted by each signal.
// Whatever happens, each definition is the old or the new one, and what the caller is told is true.

import { expect, test } from "vitest";
import { A, B, definition, type Host, makeHost, P, T } from "./host.ts";
import { type Ended, forEach, isNative, isOurs, run } from "./program.ts";
import { type Fault, faultsOf, findCalls, findPaths, runWith } from "./strace.ts";
import { Verdict } from "./verdict.ts";

interface Scenario {
  readonly title: string;
  readonly args: readonly string[];
  /** What is defined before. */
  readonly before: Readonly<Record<string, string>>;
  /** It fails even if no call does. */
  readonly fails?: true;
}

const other = { [`${P}/${B}`]: definition() };
const attributes = [{ speed: "fast" }, { mode: "shared" }];

const scenarios: readonly Scenario[] = [
  { title: "define", args: ["define", "-u", A, "-p", P, "-t", T, "-a"], before: other },
  { title: "define under a new parent", args: ["define", "-u", A, "-p", P, "-t", T], before: {} },
  {
    title: "modify",
    args: ["modify", "-u", A, "--addattr", "speed", "--value", "slow"],
    before: { ...other, [`${P}/${A}`]: definition(attributes) },
  },
  { title: "undefine", args: ["undefine", "-u", A], before: { ...other, [`${P}/${A}`]: definition(attributes) } },
  { title: "start", args: ["start", "-u", A], before: { ...other, [`${P}/${A}`]: definition(attributes) } },
  {
    title: "start with an attribute that does not exist",
    args: ["start", "-u", A],
    before: { [`${P}/${A}`]: definition([...attributes, { none: "1" }]) },
    fails: true,
  },
];

function state(host: Host): string {
  return JSON.stringify([Object.entries(host.definitions()).filter(isDefinition).sort(), host.device()]);
}

test.each(scenarios)("whatever call fails in '$title', nothing is lost", async ({ title, args, before, fails }) => {
  const verdict = new Verdict(`a fault at a system call of ${args[0]}`, title);
  const isStart = title.startsWith("start");
  const model = makeHost(before);
  const old = state(model);
  const touched = await findPaths(model, args);
  const end = state(model);
  // Each host has its own root.
  const pathsOf = (host: Host) => (isNative ? "all" : touched.map((path) => path.replace(model.root, host.root)));
  const spare = makeHost(before);
  const calls = await findCalls(spare, args, pathsOf(spare));

  async function torture(fault: Fault): Promise<void> {
    const host = makeHost(before);
    const ended = await runWith(fault, host, args, pathsOf(host));
    verdict.tried++;
    await judge(host, fault, ended);
    host.remove();
  }

  async function judge(host: Host, { name, ordinal, fault }: Fault, ended: Ended): Promise<void> {
    const where = `${name} ${ordinal} with ${fault}, end ${ended.end}: ${ended.stderr}`;
    const now = state(host);
    const files = Object.entries(host.definitions());
    const isFailure = typeof ended.end === "number" && ended.end !== 0;
    if (!files.filter(isDefinition).every(isWhole)) verdict.lost("definition broken", where);
    if (ended.end === 0 && (fails || now !== end)) verdict.lost("success reported, not done", where);
    if (ended.end === 0 && name === "fsync" && fault.startsWith("error"))
      verdict.lost("success reported, may be lost", where);
    if (isFailure && host.device().active && !isOwnedUp(ended.stderr))
      verdict.lost("failure reported, device left", where);
    if (isFailure && !isStart && now !== old && !isOwnedUp(ended.stderr))
      verdict.lost("failure reported, changed anyway", where);
    if (fault === "signal=SIGTERM" && now !== old && now !== end) verdict.lost("left half done", where);
    if (fault !== "signal=SIGKILL" && !files.every(isDefinition)) verdict.lost("temporary file left", where);
    if (!(await isListed(host))) verdict.lost("list fails", where);
  }

  /** Results by files, so that the same files are listed only once. */
  const listings = new Map<string, Promise<boolean>>();
  function isListed(host: Host): Promise<boolean> {
    const key = JSON.stringify(host.definitions());
    const known = listings.get(key) ?? list(host);
    listings.set(key, known);
    return known;
  }
  async function list(host: Host): Promise<boolean> {
    const wanted = Object.entries(host.definitions()).filter(isDefinition).length;
    const { end, stdout, stderr } = await run(host.root, ["list", "-d"]);
    return end === 0 && stderr === "" && stdout.split("\n").length - 1 === wanted;
  }

  await forEach(calls.flatMap(faultsOf), torture);
  verdict.conclude();
});

/** A hidden file is not a definition, but the leftover of a writer that was killed. */
function isDefinition([path]: readonly [path: string, text: string]): boolean {
  return !path.includes("/.");
}

function isWhole([, text]: readonly [path: string, text: string]): boolean {
  try {
    return typeof JSON.parse(text).mdev_type === "string";
  } catch {
    return false;
  }
}

/** Whether the message says that the change was made and could not be undone. */
function isOwnedUp(stderr: string): boolean {
  return isOurs && /may be lost in a power cut|it is active all the same/.test(stderr);
}

/** Runs a program in which this call always fails on these paths. */
function failing(call: string, code: string, paths: readonly string[]): string[] {
  const selection = paths.flatMap((path) => ["--trace-path", path]);
  const inject = `--inject=${call}:error=${code}`;
  return ["strace", "--follow-forks", "--quiet=all", "--output=/dev/null", ...selection, inject];
}

test.runIf(isOurs).each([
  ["EDQUOT", "disk quota exceeded"],
  ["EIO", "input/output error"],
  ["ENOLCK", "no lock available"],
  ["EOPNOTSUPP", "operation not supported"],
  ["ESTALE", "stale file handle"],
  ["EUCLEAN", "structure needs cleaning"],
])("the error %s is told in words", async (code, words) => {
  const host = makeHost({ [`${P}/${A}`]: definition() });
  const path = `${host.root}/etc/mdevctl.d/${P}/${A}`;
  const under = failing("read", code, [path]);
  const ended = await run(host.root, ["list", "-d", "-u", A], { under });
  expect(ended).toEqual({ end: 1, stdout: "", stderr: `mdevctl: cannot read ${path}: ${words}\n` });
});

test.runIf(isOurs).each(["EINVAL", "EOPNOTSUPP"])(
  "a file system that cannot flush directories (%s) is no obstacle",
  async (code) => {
    const host = makeHost({ [`${P}/${B}`]: definition() });
    const paths = ["etc", "etc/mdevctl.d", `etc/mdevctl.d/${P}`].map((path) => `${host.root}/${path}`);
    const under = failing("fsync", code, paths);
    const ended = await run(host.root, ["define", "-u", A, "-p", P, "-t", T], { under });
    expect(ended).toEqual({ end: 0, stdout: "", stderr: "" });
    expect(Object.keys(host.definitions())).toContain(`${P}/${A}`);
  },
);
