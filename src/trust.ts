// Scripts run with our privileges. When we are root, nobody else may be able to change what runs: not the script, not a
// directory on the way to it, and not what a link on the way leads to. What passes can only be changed by root.

import { joinNames } from "./english.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { directoryName } from "./paths.ts";
import { quoteForShell } from "./quote.ts";
import type { FileStatus } from "./system.ts";
import { SystemError } from "./system-error.ts";

/** Running these scripts would let another user act as root. */
export class UntrustedScript extends UserError {}

/** Something on the way to a script lets another user decide what runs. */
export interface Fault {
  readonly path: string;
  readonly problem: "owner" | "mode" | "target";
  /** What is wrong, after the path. */
  readonly text: string;
}

/** Throws an UntrustedScript that shows all faults. */
export function ensureNoFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw untrustedError(faults);
}

export function untrustedError(faults: readonly Fault[]): UntrustedScript {
  const all = new Set(faults.map(({ path, text }) => `${path} ${text}`));
  return new UntrustedScript(`will not run scripts as root: ${joinNames([...all])}`, hintFor(faults));
}

/** A file that another user has written must not become root's unseen. */
function hintFor(faults: readonly Fault[]): string {
  const pathsWith = (problem: Fault["problem"]) =>
    [...new Set(faults.filter((fault) => fault.problem === problem).map(({ path }) => quoteForShell(path)))].join(" ");
  const [strange, open] = [pathsWith("owner"), pathsWith("mode")];
  const commands = [
    ...(strange === "" ? [] : [`chown -h root ${strange}`]),
    ...(open === "" ? [] : [`chmod go-w ${open}`]),
  ];
  const look = "Another user may have written what is there, so look at it first, and remove what you do not know.";
  return commands.length === 0 ? look : `${look} Then: ${commands.join(" && ")}`;
}

/**
 * For root, what lets another user change the script or the directory of scripts at this path. Other users may run what they
 * like. The directory in MDEVCTL_ENV_ROOT itself is not checked. Walks the path as the kernel does. Throws a SystemError when
 * nothing is there, after the faults on the way.
 */
export function* findFaults({ system, paths }: Host, path: string): Generator<Fault> {
  if (system.userId !== 0) return;
  let at = paths.root;
  const rest = path.slice(at.length).split("/");
  for (let links = 0; rest.length > 0; ) {
    const part = rest.shift() ?? "";
    if (part === "" || part === ".") continue;
    if (part === ".." && at !== paths.root && !at.endsWith("/..")) {
      at = directoryName(at);
      continue;
    }
    const place = `${at}/${part}`;
    const status = system.lstat(place);
    yield* faultsOf(status, place, { isLast: rest.length === 0 });
    if (status.kind !== "link") {
      at = place;
      continue;
    }
    if (++links > 40) throw new SystemError("ELOOP", "look at", path);
    const target = system.readLink(place);
    // It stands for bytes that are not UTF-8: the kernel would go where we cannot look.
    if (target.includes("\ufffd")) {
      yield { path: place, problem: "target", text: "leads to a name that is not valid UTF-8" };
      return;
    }
    if (target.startsWith("/")) at = "";
    rest.unshift(...target.split("/"));
  }
}

function* faultsOf(
  { kind, userId, mode }: FileStatus,
  path: string,
  { isLast }: { isLast: boolean },
): Generator<Fault> {
  if (userId !== 0) yield { path, problem: "owner", text: `belongs to the user with id ${userId}` };
  // The permissions of a link have no effect. In a sticky directory, such as /tmp, other users cannot replace root's files.
  const isOpen = kind !== "link" && (mode & 0o022) !== 0;
  const isSticky = kind === "directory" && (mode & 0o1000) !== 0 && !isLast;
  if (isOpen && !isSticky) yield { path, problem: "mode", text: "is writable by users other than its owner" };
}
