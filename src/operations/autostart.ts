// Starts devices that are to start automatically: those that can be started at once first, then those whose driver is late.

import { createCallouts } from "../callout/callouts.ts";
import type { Device } from "../device.ts";
import { countNoun } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isActive } from "../kernel/active.ts";
import { frameworkOf, isChanging, parentsOf } from "../kernel/frameworks.ts";
import { type Automatic, findAutomatic } from "./automatic.ts";
import { createPauses, startDevice } from "./start.ts";

/** Those of the parent or card of this name. A device that cannot be started is warned about, and the next one is started. */
export async function startAutomatically(host: Host, name: string, { devices, areOfCard }: Automatic): Promise<void> {
  const find = areOfCard ? () => findBelow(host, name) : () => devices;
  const parents = areOfCard ? parentsOf(host, name) : [name];
  // One budget for all devices, so that a driver that never gets ready does not hold up the boot for long.
  const patience = parents.map((parent) => frameworkOf(host, parent).patience.automatic);
  const pauses = createPauses(Math.max(0, ...patience));
  const terms = { callouts: createCallouts(host), force: false, pauses };
  const progress = createProgress(host, find());
  // One parent alone is waited for with its first device.
  const isReady = ({ parent }: Device) => !areOfCard || frameworkOf(host, parent).isReady(host, parent);
  const tried = new Set<string>();
  for (let left = find(); ; ) {
    for (const device of left.filter(isReady)) {
      tried.add(placeOf(device));
      await start(device);
    }
    left = find().filter((device) => !tried.has(placeOf(device)));
    if (left.length === 0 && !(areOfCard && isChanging(host, name))) break;
    const pause = pauses.next();
    if (pause.done) {
      // Says why not.
      for (const device of left) await start(device);
      break;
    }
    await host.system.sleep(pause.value);
  }
  progress?.end();

  async function start(device: Device): Promise<void> {
    // There is more than one event for a parent; those after the first find the work done.
    if (isActive(host, device)) return;
    progress?.begin(device);
    try {
      await startDevice(host, device, terms);
      progress?.succeed();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Nobody may be there to read a hint, but whoever reads the log later wants to know more.
      host.log.warn(`${error.message}; see 'mdevctl doctor ${device.uuid}'`);
    }
  }
}

/** With an older driver, functions of a card are on the mdev bus, which tells udev of each: their devices are started then. */
function findBelow(host: Host, card: string): readonly Device[] {
  const parents = parentsOf(host, card);
  return findAutomatic(host, card).devices.filter(({ parent }) => parents.includes(parent));
}

function placeOf({ parent, uuid }: Device): string {
  return `${parent}/${uuid}`;
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
