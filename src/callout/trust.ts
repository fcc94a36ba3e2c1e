// Scripts run with our rights. When these are root's, nobody else may be able to change what is run.

import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";

/** Refuses a script, or a directory of scripts, that someone else than root could change. Other users run what they like. */
export function ensureTrusted(host: Host, path: string): void {
  if (host.system.userId !== 0) return;
  const { userId, mode } = host.system.stat(path);
  const problem =
    userId !== 0
      ? `belongs to the user with id ${userId}`
      : (mode & 0o022) !== 0
        ? "can be written by others than its owner"
        : undefined;
  if (problem !== undefined) {
    throw new UserError(
      `will not run callout scripts as root: ${path} ${problem}`,
      `chown root '${path}' && chmod go-w '${path}'`,
    );
  }
}
