// What a person can cause or mend, and how it is worded: one situation, one wording. Anything else that is thrown is a bug.
// A message is one line: what failed, then why. A hint is a sentence of its own: what to do about it.

import type { Host } from "./host.ts";
import type { SystemError } from "./system.ts";

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

/** A refusal by the operating system; to someone who is not root it is told that root could do it. */
export function refusal(host: Host, failure: string, { code, reason }: SystemError): UserError {
  const rootMay = ["EACCES", "EPERM"].includes(code) && host.system.userId !== 0;
  return new UserError(`${failure}: ${reason}`, rootMay ? "Only root may do this." : undefined);
}

/** Names for a sentence: `a`, `a and b`, `a, b and c`; with many of them the first ones and how many more there are. */
export function listed(names: readonly string[], conjunction = "and"): string {
  const shown = names.length > 12 ? [...names.slice(0, 11), `${names.length - 11} more`] : names;
  const last = shown.at(-1) ?? "none";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/** `1 device`, `2 devices`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function notDefined(action: string, uuid: string, parent: string | undefined): UserError {
  const where = parent === undefined ? "" : ` under ${parent}`;
  return new UserError(
    `cannot ${action} ${uuid}: it is not defined${where}`,
    "'mdevctl list --defined' shows what is.",
  );
}

export function notActive(action: string, uuid: string): UserError {
  return new UserError(`cannot ${action} ${uuid}: it is not active`, "'mdevctl list' shows the active devices.");
}
