// The active devices of all frameworks. Separate from frameworks.ts, because most runs only look at what is active and do not
// need the code that lists types or changes devices.

import type { Device, Wanted } from "../device.ts";
import type { Host } from "../host.ts";
import { readOrWarn } from "../log.ts";
import type { Uuid } from "../uuid.ts";
import type { ActiveDevice } from "./framework.ts";
import { findActiveMdevs, findMdevTypes } from "./mdev/active.ts";

/** As a framework's `findActive`, but of all frameworks. */
export function findActive(host: Host, wanted: Wanted): ActiveDevice[] {
  return findActiveMdevs(host, wanted);
}

/** As a framework's `findActiveTypes`, but of all frameworks. */
export function findActiveTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  return findMdevTypes(host, parent, uuids);
}

export function findActiveDevice(host: Host, uuid: Uuid): ActiveDevice | undefined {
  return findActive(host, { uuid })[0];
}

/** Whether the device is active as it is defined. */
export function isActive(host: Host, { uuid, parent, type }: Device): boolean {
  const active = readOrWarn(host, () => findActiveDevice(host, uuid));
  return active?.parent === parent && active.type === type;
}
