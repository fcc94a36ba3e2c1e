// Prints the UUID that a command has generated.

import type { Host } from "../host.ts";
import { SystemError } from "../system-error.ts";
import type { Uuid } from "../uuid.ts";

/** When it cannot be printed nobody knows the device, so it is undone. */
export async function announce(host: Host, uuid: Uuid, undo: () => void | Promise<void>): Promise<void> {
  try {
    host.system.write("stdout", `${uuid}\n`);
  } catch (error) {
    // Whoever has closed stdout does not want to know.
    if (error instanceof SystemError && error.code === "EPIPE") return;
    await undo();
    throw error;
  }
}
