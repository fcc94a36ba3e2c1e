// Starts the devices of a parent that has appeared, one after the other. By itself, because most parents have none to start.

import { createCallouts } from "./callout/callouts.ts";
import type { Device } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { isActive } from "./kernel/mdev.ts";
import { createDevice, NotReadyError } from "./kernel/mdev-changes.ts";
import { ensureNames } from "./names.ts";

/** A device that cannot be started is warned about, and the next one is started. */
export async function startAll(host: Host, devices: readonly Device[]): Promise<void> {
  const callouts = createCallouts(host);
  const pauses = pausesInMilliseconds.values();
  // Whoever runs this by hand wants to see it go on.
  const isWatched = devices.length > 1 && host.system.isTerminal("stderr");
  for (const [index, device] of devices.entries()) {
    try {
      ensureNames("start", device);
      // udev has more than one event for a parent; those after the first find the work done.
      if (isActive(host, device)) continue;
      if (isWatched) host.log.relay("mdevctl", `starting ${device.uuid}, ${index + 1} of ${devices.length}`);
      const work = () => createWhenReady(host, device, pauses);
      await callouts.around({ action: "start", device, force: false }, work);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.log.warn(error.message);
    }
  }
}

/** One budget for all devices, so that a driver which never gets ready does not hold up udev for long. */
const pausesInMilliseconds = [100, 200, 400, 800, 1600];

async function createWhenReady(host: Host, device: Device, pauses: Iterator<number>): Promise<void> {
  for (;;) {
    try {
      return await createDevice(host, device);
    } catch (error) {
      const pause = error instanceof NotReadyError ? pauses.next() : undefined;
      if (pause === undefined || pause.done) throw error;
      await host.system.sleep(pause.value);
    }
  }
}
