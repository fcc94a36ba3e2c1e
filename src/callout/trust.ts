// Scripts run with our rights. When these are root's, nobody else may be able to change what is run: neither the script, nor a
// directory on the way to it, nor what a link on the way leads to.

import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { FileStatus } from "../system.ts";

/** There is a script, but running it would let someone else than root in. */
export class UntrustedScript extends UserError {}

/**
 * Refuses a script, or a directory of scripts, that someone else than root could change. Other users run what they like. The root
 * that MDEVCTL_ENV_ROOT names is taken for good. Throws a SystemError when nothing is there.
 */
export function ensureTrusted(host: Host, path: string): void {
  const { system, paths } = host;
  if (system.userId !== 0) return;
  let at = paths.root;
  const rest = path.slice(at.length).split("/");
  for (let links = 0; rest.length > 0; ) {
    const part = rest.shift() ?? "";
    if (part === "..") at = at.slice(0, at.lastIndexOf("/"));
    if (part === "" || part === "." || part === "..") continue;
    const status = system.lstat(`${at}/${part}`);
    const problem = problemOf(status, rest.length === 0);
    if (problem !== undefined) throw untrusted(path, `${at}/${part}`, problem);
    if (status.kind !== "link") {
      at += `/${part}`;
    } else {
      if (++links > 40) throw untrusted(path, `${at}/${part}`, "is one of too many links");
      const target = system.readLink(`${at}/${part}`);
      if (target.startsWith("/")) at = "";
      rest.unshift(...target.split("/"));
    }
  }
}

function problemOf({ kind, userId, mode }: FileStatus, isLast: boolean): string | undefined {
  if (userId !== 0) return `belongs to the user with id ${userId}`;
  // The bits of a link mean nothing. In a directory as /tmp nobody can replace what is root's.
  const isOpen = kind !== "link" && (mode & 0o022) !== 0;
  const isSticky = kind === "directory" && (mode & 0o1000) !== 0 && !isLast;
  return isOpen && !isSticky ? "can be written by others than its owner" : undefined;
}

function untrusted(script: string, path: string, problem: string): UntrustedScript {
  return new UntrustedScript(
    `will not run ${script} as root: ${path === script ? "it" : path} ${problem}`,
    `chown root '${path}' && chmod go-w '${path}'`,
  );
}
