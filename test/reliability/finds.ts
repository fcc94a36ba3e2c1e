// What must hold after every command line of sanitized.test.ts, and the find that it is if it does not.

import * as fs from "node:fs";
import { isWithout } from "./settings.ts";

/** What must not happen. Finds of one kind are one find. */
export class Find extends Error {
  constructor(
    readonly kind: string,
    detail: string,
  ) {
    super(`${kind}\n${detail}`);
  }
}

/** What launch.c says: `exited 1`, `killed 9` or `hung`; and the output. */
export interface Launched {
  readonly status: string;
  /** The command lines of processes that it left running. */
  readonly left: readonly string[];
  readonly stderr: Buffer;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const control = /[\0-\x08\x0b-\x1f\x7f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are our own
const colours = /\x1b\[[0-9;]*m/g;

/** 3 is for doctor, which has found something, and for plan, and 4 for plan and apply. */
const wholeEnds = ["exited 0", "exited 1", "exited 2", "exited 3", "exited 4"];
/** launch.c could not set what it should, or the kernel did not start the program. */
const notStarted = ["exited 125", "exited 126"];

/** `args` are those of launch.c, `directory` is that of the case. */
export function checkEnd(args: readonly string[], directory: string, { status, left, stderr }: Launched): void {
  const settings = args.slice(0, args.indexOf("--"));
  const report = fs.readdirSync(directory).find((name) => name.startsWith("sanitizers."));
  const said = String(stderr);
  const log = report === undefined ? said : fs.readFileSync(`${directory}/${report}`, "utf8");
  const problem = /SUMMARY: .*|runtime error: .*/.exec(log)?.[0];
  if (problem !== undefined) throw new Find(problem.replace(/0x\w+|\/\S*\/|-?\d{3,}/g, ""), log);
  if (report !== undefined) throw new Find("sanitizer", log);
  const sent = settings.findLast((word) => word.startsWith("signal="))?.match(/\d+/)?.[0];
  if (status === "hung")
    throw new Find(settings.some((word) => word.startsWith("lock=")) ? "hangs at the lock" : "hangs", said);
  if (![...wholeEnds, ...notStarted, `killed ${sent}`].includes(status)) throw new Find(status, said);
  if (/this is a bug/.test(said)) throw new Find(`bug: ${/bug in mdevctl: (.{0,40})/.exec(said)?.[1]}`, said);
  const isCaptured = !settings.some((word) => word.startsWith("stderr="));
  // What has failed of a plan is told where the plan is, on stdout.
  const isTold = said !== "" || (status === "exited 1" && args.includes("apply"));
  if (["exited 1", "exited 2"].includes(status) && isCaptured && !isTold) throw new Find(`${status}, no word`, "");
  const mayKill = ["signal=", "limit="].some((name) => settings.some((word) => word.startsWith(name)));
  if (!mayKill && /killed by SIG(?!KILL\b)/.test(said)) throw new Find("a script counts as killed", said);
  const isColoured = settings.some((word) => word.includes("MDEVCTL_LOG_STYLE"));
  const plainSaid = isColoured ? said.replaceAll(colours, "") : said;
  if (!isWithout("control") && isCaptured && control.test(plainSaid)) throw new Find("control characters", said);
  const wasKilled = status.startsWith("killed") && !["1", "2", "15"].includes(sent ?? "");
  if (left.length > 0 && !wasKilled) throw new Find("leaves a process", `${left.join("\n")}\n${said}`);
}

/** A command that runs out of memory after its change cannot take it back: `isStarved`. */
export function checkDefinitions(
  { line, status, isStarved }: { line: readonly string[]; status: string; isStarved: boolean },
  [before, after]: readonly [Map<string, string>, Map<string, string>],
): void {
  const isUndefine = line[0] === "undefine";
  const goesOn = isUndefine || line[0] === "apply";
  for (const [path, old] of before) {
    if (isDraft(path)) continue;
    const now = after.get(path);
    if (isWhole(old) && !isWhole(now) && !(goesOn && now === undefined))
      throw new Find("definition broken", `${path}: ${now}`);
  }
  for (const [path, now] of after) {
    if (before.has(path)) continue;
    if (isDraft(path) && !status.startsWith("exited")) continue;
    if (!isWhole(now)) throw new Find("something else than a definition", `${path}: ${now}`);
  }
  if (["exited 1", "exited 2"].includes(status) && !goesOn && !isStarved && !equal(before, after))
    throw new Find("failure reported, changed anyway", status);
}

/** A command that was killed may leave one, which the next one removes. */
function isDraft(path: string): boolean {
  return path.endsWith(".mdevctl.new");
}

function equal(one: Map<string, string>, other: Map<string, string>): boolean {
  const sorted = (some: Map<string, string>) => JSON.stringify([...some].filter(([path]) => !isDraft(path)).sort());
  return sorted(one) === sorted(other);
}

/** The texts of the definitions, and of whatever else is among them, by path. */
export function definitionsBelow(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const parent of fs.readdirSync(`${root}/etc/mdevctl.d`, { withFileTypes: true })) {
    const directory = `${root}/etc/mdevctl.d/${parent.name}`;
    // Names that are not UTF-8 are none of ours.
    const isOurs = parent.isDirectory() && !parent.name.includes("\ufffd");
    for (const entry of isOurs ? fs.readdirSync(directory, { withFileTypes: true }) : []) {
      if (entry.isFile() && !entry.name.includes("\ufffd"))
        found.set(`${parent.name}/${entry.name}`, fs.readFileSync(`${directory}/${entry.name}`, "utf8"));
    }
  }
  return found;
}

function isWhole(definitionText: string | undefined): boolean {
  try {
    const { mdev_type, start, attrs } = JSON.parse(definitionText ?? "");
    return typeof mdev_type === "string" && typeof start === "string" && Array.isArray(attrs);
  } catch {
    return false;
  }
}

/** What is next to the root, apart from what launch.c and the sanitizers leave there, and the places of a real machine. */
export function describeOutside(directory: string): string {
  const real = ["/etc/mdevctl.d", "/usr/lib/mdevctl", "/outside"].map((path) =>
    fs.statSync(path, { throwIfNoEntry: false }),
  );
  return JSON.stringify([
    fs.readdirSync(directory).filter((name) => !/^(sanitizers\.|passing$)/.test(name)),
    fs.readFileSync(`${directory}/outside/file`, "utf8"),
    fs.readdirSync(`${directory}/outside`),
    real.map((status) => status?.mtimeMs),
  ]);
}
