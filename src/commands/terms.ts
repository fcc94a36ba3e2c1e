// The terms on which a command changes devices, from its options.

import { createCallouts } from "../callout/callouts.ts";
import type { Given } from "../cli/command.ts";
import type { Host } from "../host.ts";
import type { Terms } from "../operations/terms.ts";
import { SystemError } from "../system-error.ts";
import { generateUuid, type Uuid } from "../uuid.ts";
import * as option from "./options.ts";

export function termsOf(host: Host, given: Given<"force">): Terms {
  return { callouts: createCallouts(host), force: given.has(option.force) };
}

/** The UUID that was given; else a new one, which the terms announce. */
export function chooseUuid(host: Host, given: Given<"uuid" | "force">): { readonly uuid: Uuid; readonly terms: Terms } {
  const uuid = given.get(option.uuid) ?? generateUuid(host.system);
  const terms = termsOf(host, given);
  return { uuid, terms: given.has(option.uuid) ? terms : { ...terms, announce: () => printUuid(host, uuid) } };
}

/** Throws when it cannot be printed: then nobody would know the device. */
function printUuid(host: Host, uuid: Uuid): void {
  try {
    host.system.write("stdout", `${uuid}\n`);
  } catch (error) {
    // A reader that has closed the pipe does not want to know.
    if (!(error instanceof SystemError && error.code === "EPIPE")) throw error;
  }
}
