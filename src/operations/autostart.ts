// Starts devices that are to start automatically, one after the other.

import { createCallouts } from "../callout/callouts.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isActive } from "../kernel/active.ts";
import { startDevice } from "./start.ts";

/** One budget for all devices, so that a driver that never gets ready does not hold up udev for long. */
const pausesInMilliseconds = [100, 200, 400, 800, 1600];

/** A device that cannot be started is warned about, and the next one is started. */
export async function startAutomatically(host: Host, devices: readonly Device[]): Promise<void> {
  const terms = { callouts: createCallouts(host), force: false, pauses: pausesInMilliseconds.values() };
  // Whoever runs this by hand wants to see progress.
  const isWatched = devices.length > 1 && host.system.isTerminal("stderr");
  for (const [index, device] of devices.entries()) {
    // udev has more than one event for a parent; those after the first find the work done.
    if (isActive(host, device)) continue;
    if (isWatched) host.log.relay("mdevctl", `starting ${device.uuid}, ${index + 1} of ${devices.length}`);
    try {
      await startDevice(host, device, terms);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.log.warn(error.message);
    }
  }
}
