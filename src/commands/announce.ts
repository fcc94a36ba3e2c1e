// Prints the UUID that a command generated.

import type { Host } from "../host.ts";
import { SystemError } from "../system-error.ts";
import type { Uuid } from "../uuid.ts";

/** Throws when it cannot be printed: then nobody would know the device. */
export function announceUuid(host: Host, uuid: Uuid): void {
  try {
    host.system.write("stdout", `${uuid}\n`);
  } catch (error) {
    // A reader that has closed the pipe does not want to know.
    if (!(error instanceof SystemError && error.code === "EPIPE")) throw error;
  }
}
