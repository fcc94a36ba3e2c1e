// System calls of the program, recorded and made to fail by strace(1).

import { readFileSync, rmSync } from "node:fs";
import type { Host } from "./host.ts";
import { type Ended, run } from "./program.ts";

/** One system call, counted among those of the same name that a process makes. */
export interface Call {
  readonly name: string;
  readonly ordinal: number;
}

export interface Fault extends Call {
  /** An error that the call returns instead of being made, or a signal that arrives just before it is made. */
  readonly fault: `error=${string}` | `signal=${"SIGKILL" | "SIGTERM"}`;
}

/**
 * Only calls on these paths, and on files that were opened by these paths, count. For a native program all calls are
 * its own; those of Node.js and of a dynamic loader are not tested.
 */
export type Paths = readonly string[] | "all";

/** The paths below the host's root that a command line touches. */
export async function findPaths({ root }: Pick<Host, "root">, args: readonly string[]): Promise<string[]> {
  const { lines } = await trace({ root }, args, "all");
  const paths = lines.flatMap((line) => [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ""));
  return [...new Set(paths.filter((path) => path.startsWith(`${root}/`)))];
}

/** The calls that a command line makes, each of which can be made to fail. */
export async function findCalls({ root }: Pick<Host, "root">, args: readonly string[], paths: Paths): Promise<Call[]> {
  const counts = new Map<string, number>();
  const calls = new Map<string, Call>();
  for (const line of (await trace({ root }, args, paths)).lines) {
    const [, process = "", name = ""] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === "" || ["execve", "exit", "exit_group"].includes(name)) continue;
    const ordinal = (counts.get(process + name) ?? 0) + 1;
    counts.set(process + name, ordinal);
    calls.set(name + ordinal, { name, ordinal });
  }
  return [...calls.values()];
}

/** What strace prints, `PID call(arguments) = result` on a line. */
export async function trace(
  { root }: Pick<Host, "root">,
  args: readonly string[],
  paths: Paths,
): Promise<Ended & { lines: string[] }> {
  const output = `${root}.trace`;
  const ended = await run(root, args, { under: command(output, paths) });
  const lines = joinHalves(readFileSync(output, "utf8").split("\n"));
  rmSync(output);
  return { ...ended, lines };
}

/** Joins the two halves of calls that another thread interrupted. */
function joinHalves(lines: readonly string[]): string[] {
  const begun = new Map<string, string>();
  return lines.flatMap((line) => {
    const [, process = "", call = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (call.endsWith("<unfinished ...>")) {
      begun.set(process, line.slice(0, -"<unfinished ...>".length));
      return [];
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(call)?.[1];
    return [rest === undefined ? line : `${begun.get(process) ?? ""}${rest}`];
  });
}

export function runWith(
  { name, ordinal, fault }: Fault,
  { root }: Pick<Host, "root">,
  args: readonly string[],
  paths: Paths,
) {
  const under = [...command("/dev/null", paths), `--inject=${name}:${fault}:when=${ordinal}`];
  return run(root, args, { under });
}

function command(output: string, paths: Paths): string[] {
  const selection = paths === "all" ? [] : paths.flatMap((path) => ["--trace-path", path]);
  return ["strace", "--follow-forks", "--quiet=all", "--decode-fds=path", "--output", output, ...selection];
}

/** The errors that a call may plausibly return, and signals that end the program there. */
export function faultsOf(call: Call): Fault[] {
  const errors = likely[call.name] ?? ["ENOMEM", "EIO"];
  const faults = [...errors.map((error) => `error=${error}` as const), "signal=SIGTERM", "signal=SIGKILL"] as const;
  return faults.map((fault) => ({ ...call, fault }));
}

const likely: Readonly<Record<string, readonly string[]>> = {
  close: ["EIO", "EINTR"],
  fchmod: ["EPERM"],
  fchown: ["EPERM"],
  flock: ["EINTR", "ENOLCK"],
  fsync: ["EIO", "ENOSPC"],
  getdents64: ["EIO"],
  mkdir: ["ENOSPC", "EACCES", "EROFS"],
  open: ["EIO", "EACCES", "ENOSPC"],
  openat: ["EIO", "EACCES", "ENOSPC"],
  read: ["EIO", "EINTR"],
  rename: ["EIO", "ENOSPC"],
  unlink: ["EIO", "EACCES"],
  write: ["EIO", "ENOSPC", "EINTR"],
};
