// Scripts run with our privileges. When we are root, nobody else may be able to change what runs: not the script, not a
// directory on the way to it, and not what a link on the way leads to.

import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { directoryName } from "../paths.ts";
import type { FileStatus } from "../system.ts";

/** Running this script, or one from this directory, would let another user act as root. */
export class UntrustedScript extends UserError {}

/**
 * As root, refuses a script or a directory of scripts that another user could change. Other users may run what they like. The
 * directory in MDEVCTL_ENV_ROOT itself is not checked. Throws a SystemError when nothing is there.
 */
export function ensureTrusted(host: Host, path: string): void {
  const { system, paths } = host;
  if (system.userId !== 0) return;
  let at = paths.root;
  const rest = path.slice(at.length).split("/");
  for (let links = 0; rest.length > 0; ) {
    const part = rest.shift() ?? "";
    if (part === "..") at = directoryName(at);
    if (part === "" || part === "." || part === "..") continue;
    const status = system.lstat(`${at}/${part}`);
    const problem = findProblem(status, { isLast: rest.length === 0 });
    if (problem !== undefined) throw untrustedError(path, `${at}/${part}`, problem);
    if (status.kind !== "link") {
      at += `/${part}`;
    } else {
      if (++links > 40) throw untrustedError(path, `${at}/${part}`, "is one link too many");
      const target = system.readLink(`${at}/${part}`);
      if (target.startsWith("/")) at = "";
      rest.unshift(...target.split("/"));
    }
  }
}

function findProblem({ kind, userId, mode }: FileStatus, { isLast }: { isLast: boolean }): string | undefined {
  if (userId !== 0) return `belongs to the user with id ${userId}`;
  // The permissions of a link have no effect. In a sticky directory, such as /tmp, other users cannot replace root's files.
  const isOpen = kind !== "link" && (mode & 0o022) !== 0;
  const isSticky = kind === "directory" && (mode & 0o1000) !== 0 && !isLast;
  return isOpen && !isSticky ? "is writable by users other than its owner" : undefined;
}

function untrustedError(script: string, path: string, problem: string): UntrustedScript {
  return new UntrustedScript(
    `will not run ${script} as root: ${path === script ? "it" : path} ${problem}`,
    `chown root '${path}' && chmod go-w '${path}'`,
  );
}
