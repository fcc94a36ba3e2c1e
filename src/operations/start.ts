// Creates a device in the kernel.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { NotReadyError } from "../kernel/framework.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import { ensureNames } from "../names.ts";
import { SystemError } from "../system-error.ts";
import { announceOrUndo, type Terms } from "./terms.ts";

export interface StartTerms extends Terms {
  /** Pauses in milliseconds between tries while the driver is not ready; without them there is one try. */
  readonly pauses?: Iterator<number>;
}

/** Throws a UserError that names the device, whatever the operating system refuses: the next device may be fine. */
export async function startDevice(host: Host, device: Device, terms: StartTerms): Promise<void> {
  const { callouts, force, pauses } = terms;
  ensureNames("start", device);
  try {
    await callouts.around({ action: "start", device, force }, async () => {
      await createWhenReady(host, device, pauses);
      await announceOrUndo(terms, () => frameworkOf(host, device.parent).remove(host, device));
    });
  } catch (error) {
    throw error instanceof SystemError ? new UserError(`cannot start ${device.uuid}: ${error.message}`) : error;
  }
}

async function createWhenReady(host: Host, device: Device, pauses: Iterator<number> | undefined): Promise<void> {
  for (;;) {
    try {
      return await frameworkOf(host, device.parent).create(host, device);
    } catch (error) {
      const pause = error instanceof NotReadyError ? pauses?.next() : undefined;
      if (pause === undefined || pause.done) throw error;
      await host.system.sleep(pause.value);
    }
  }
}
