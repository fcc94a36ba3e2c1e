// Prints the UUID that a command has generated.

import type { Host } from "../host.ts";
import { SystemError } from "../system-error.ts";
import type { Uuid } from "../uuid.ts";

/** Throws when it cannot be printed, because nobody knows the device then. */
export function announceUuid(host: Host, uuid: Uuid): void {
  try {
    host.system.write("stdout", `${uuid}\n`);
  } catch (error) {
    // Whoever has closed stdout does not want to know.
    if (!(error instanceof SystemError && error.code === "EPIPE")) throw error;
  }
}
