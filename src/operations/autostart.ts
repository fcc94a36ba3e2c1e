// Starts devices that are to start automatically, one after the other.

import { createCallouts } from "../callout/callouts.ts";
import type { Device } from "../device.ts";
import { countNoun } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isActive } from "../kernel/active.ts";
import { startDevice } from "./start.ts";

/** One budget for all devices, so that a driver that never gets ready does not hold up udev for long. */
const pausesInMilliseconds = [100, 200, 400, 800, 1600];

/** A device that cannot be started is warned about, and the next one is started. */
export async function startAutomatically(host: Host, devices: readonly Device[]): Promise<void> {
  const terms = { callouts: createCallouts(host), force: false, pauses: pausesInMilliseconds.values() };
  const progress = createProgress(host, devices);
  for (const device of devices) {
    // udev has more than one event for a parent; those after the first find the work done.
    if (isActive(host, device)) continue;
    progress?.begin(device);
    try {
      await startDevice(host, device, terms);
      progress?.succeed();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.log.warn(error.message);
    }
  }
  progress?.end();
}

/** Whoever starts several devices by hand wants to see progress. */
function createProgress(host: Host, devices: readonly Device[]) {
  if (devices.length < 2 || !host.system.isTerminal("stderr")) return undefined;
  const total = devices.filter((device) => !isActive(host, device)).length;
  if (total < 2) return undefined;
  let [begun, succeeded] = [0, 0];
  return {
    begin: ({ uuid }: Device) => host.log.tell(`starting ${uuid}, ${++begun} of ${total}`),
    succeed: () => void succeeded++,
    end: () => host.log.tell(`started ${succeeded} of ${countNoun(total, "device")}`),
  };
}
