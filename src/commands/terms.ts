// The terms on which a command changes devices, from its options.

import { createCallouts } from "../callout/callouts.ts";
import type { Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Terms } from "../operations/terms.ts";
import { SystemError } from "../system-error.ts";
import { generateUuid, type Uuid } from "../uuid.ts";
import { findUuid } from "./device.ts";
import * as option from "./options.ts";

export function termsOf(host: Host, given: Given<"force">): Terms {
  return { callouts: createCallouts(host), force: given.has(option.force) };
}

/** Makes a device of the UUID that was given; else of a new one, which the terms announce. */
export async function makeDevice(
  host: Host,
  given: Given<"uuid" | "force">,
  make: (uuid: Uuid, terms: Terms) => Promise<void>,
): Promise<void> {
  const known = given.has(option.uuid) ? findUuid(host, given, ["active", "defined"]) : undefined;
  const terms = termsOf(host, given);
  if (known !== undefined) return make(known, terms);
  const uuid = generateUuid(host.system);
  try {
    await make(uuid, { ...terms, announce: () => printUuid(host, uuid) });
  } catch (error) {
    // Nobody knows the device by its UUID.
    throw error instanceof UserError
      ? new UserError(error.message.replace(` ${uuid}`, " a device"), error.hint)
      : error;
  }
}

/** Tells a person who has named a card which of its parents it is. */
export function tellPlace(host: Host, wanted: Device, { uuid, parent }: Device): void {
  if (parent !== wanted.parent && host.system.isTerminal("stderr")) host.log.tell(`${uuid} is on ${parent}`);
}

/** Throws when it cannot be printed: then nobody would know the device. */
function printUuid(host: Host, uuid: Uuid): void {
  try {
    host.system.write("stdout", `${uuid}\n`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // A reader that has closed the pipe does not want to know.
    if (error.code !== "EPIPE") throw new UserError(`cannot write the UUID to stdout: ${error.reason}`);
  }
}
