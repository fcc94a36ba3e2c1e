// The active devices of all frameworks. Separate from frameworks.ts, because most runs only look at what is active and do not
// need the code that lists types or changes devices.

import type { Device, Wanted } from "../device.ts";
import type { Host } from "../host.ts";
import { readOrWarn } from "../log.ts";
import type { Uuid } from "../uuid.ts";
import type { ActiveDevice } from "./framework.ts";
import { findActiveMdevs, findMdevTypes, isOnMdevBus } from "./mdev/active.ts";
import { findActiveVgpus, findFunctions, findVgpuTypes, functionsOf } from "./nvidia/active.ts";

/** Those on the mdev bus alone. */
export { findActiveMdevs } from "./mdev/active.ts";
export { isPciAddress } from "./nvidia/active.ts";

/** As a framework's `findActive`, but of all frameworks. */
export function findActive(host: Host, wanted: Wanted): ActiveDevice[] {
  const mdevs = findActiveMdevs(host, wanted);
  // A UUID is active once.
  const vgpus = wanted.uuid !== undefined && mdevs.length > 0 ? [] : findActiveVgpus(host, wanted);
  if (vgpus.length === 0 || mdevs.length === 0) return vgpus.length === 0 ? mdevs : vgpus;
  return [...mdevs, ...vgpus].sort(comparePlaces);
}

function comparePlaces(a: ActiveDevice, b: ActiveDevice): number {
  if (a.parent !== b.parent) return a.parent < b.parent ? -1 : 1;
  return a.uuid < b.uuid ? -1 : 1;
}

/** As a framework's `findActiveTypes`, but of all frameworks. */
export function findActiveTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  const types = findMdevTypes(host, parent, uuids);
  return types.size > 0 ? types : findVgpuTypes(host, parent, uuids);
}

export function findActiveDevice(host: Host, uuid: Uuid): ActiveDevice | undefined {
  return findActive(host, { uuid })[0];
}

/** The parents that a name stands for: itself, and those of the card of this name. */
export function parentsNamed(host: Host, name: string): string[] {
  return [name, ...functionsOf(host, name)];
}

/** Makes the function that tells whether a defined device is for the mdev bus, where its parent is not there too. */
export function createMdevFilter(host: Host): (device: Device) => boolean {
  let functions: ReadonlySet<string> | undefined;
  return ({ parent, typeName }) => {
    functions ??= new Set(findFunctions(host));
    return typeName === undefined && (!functions.has(parent) || isOnMdevBus(host, parent));
  };
}

/** Whether the device is active as it is defined. */
export function isActive(host: Host, { uuid, parent, type }: Device): boolean {
  const [active] = readOrWarn(host, () => findActive(host, { uuid, parent })) ?? [];
  return active?.type === type;
}
