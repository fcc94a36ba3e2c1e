// What a person can cause or mend, and how it is worded: one situation, one wording. Anything else that is thrown is a bug.
// A message is one line: what failed, then why. A hint is a sentence of its own: what to do about it.

import type { System } from "./system.ts";
import type { SystemError } from "./system-error.ts";

/** The command failed: exit status 1. */
export class UserError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The command line is wrong: exit status 2. */
export class UsageError extends UserError {}

/** The operating system refused; the hint says so if only root may do it. */
export function refusalError({ userId }: Pick<System, "userId">, failure: string, error: SystemError): UserError {
  const rootMay = ["EACCES", "EPERM"].includes(error.code) && userId !== 0;
  return new UserError(`${failure}: ${error.reason}`, rootMay ? "Only root may do this." : undefined);
}

export function notDefinedError(action: string, uuid: string, parent: string | undefined): UserError {
  const where = parent === undefined ? "" : ` under ${parent}`;
  return new UserError(
    `cannot ${action} ${uuid}: it is not defined${where}`,
    "'mdevctl list --defined' shows what is.",
  );
}

export function notActiveError(action: string, uuid: string): UserError {
  return new UserError(`cannot ${action} ${uuid}: it is not active`, "'mdevctl list' shows the active devices.");
}
