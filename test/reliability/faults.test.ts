// Every system call that a command makes on its way fails once, and once the program is killed right there. Whatever happens,
// each definition is the old or the new one, and nobody was told a lie.

import { test } from "vitest";
import { A, B, definition, type Host, makeHost, P, T } from "./host.ts";
import { type Ended, forEach, isOurs, run } from "./program.ts";
import { type Fault, faultsOf, findCalls, findPaths, isNative, runWith } from "./strace.ts";
import { Verdict } from "./verdict.ts";

interface Scenario {
  readonly title: string;
  readonly args: readonly string[];
  /** What is defined before. */
  readonly before: Readonly<Record<string, string>>;
  /** It fails also when no call does. */
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
    title: "start with an attribute that there is not",
    args: ["start", "-u", A],
    before: { [`${P}/${A}`]: definition([...attributes, { none: "1" }]) },
    fails: true,
  },
];

/** Without what a writer that was killed has left, which nothing takes for a definition. */
function state(host: Host): string {
  const definitions = Object.entries(host.definitions()).filter(([path]) => !path.includes("/."));
  return JSON.stringify([definitions.sort(), host.device()]);
}

test.each(scenarios)("whatever call fails in '$title', nothing is lost", async ({ title, args, before, fails }) => {
  const verdict = new Verdict(`faults in ${title}`);
  const model = makeHost(before);
  const old = state(model);
  const touched = await findPaths(model, args);
  const end = state(model);
  // Each host has a root of its own.
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
    const whole = Object.values(host.definitions()).every(isWhole) || now === old || now === end;
    const isStarted = title.startsWith("start") && host.device().active;
    if (!whole) verdict.lost("definition broken", where);
    else if (Object.keys(host.definitions()).length < Object.keys(before).length && title !== "undefine") {
      verdict.lost("definition gone", where);
    }
    if (ended.end === 0 && (fails || now !== end)) verdict.lost("told done, is not", where);
    if (ended.end === 0 && name === "fsync") verdict.lost("told done, may be lost", where);
    if (typeof ended.end === "number" && ended.end !== 0 && !isOwnedUp(ended.stderr)) {
      if (isStarted) verdict.lost("told failed, device left", where);
      else if (!title.startsWith("start") && now !== old) verdict.lost("told failed, is changed", where);
    }
    const listed = await run(host.root, ["list", "-d"]);
    const devices = listed.stdout.split("\n").filter((line) => line !== "").length;
    const files = Object.keys(host.definitions()).filter((path) => !path.includes("/.")).length;
    if (listed.end !== 0 || listed.stderr !== "" || devices !== files)
      verdict.lost("list fails", where + listed.stderr);
  }

  await forEach(calls.flatMap(faultsOf), torture);
  verdict.conclude();
});

function isWhole(text: string): boolean {
  try {
    return typeof JSON.parse(text).mdev_type === "string";
  } catch {
    return false;
  }
}

/** The change was made, could not be taken back, and the message says so. */
function isOwnedUp(stderr: string): boolean {
  return isOurs && /may be lost in a power cut|it is active all the same/.test(stderr);
}
