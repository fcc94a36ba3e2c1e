// The kernel's mdev bus: which devices are active. mdev-types.ts has which parents and types there are, mdev-changes.ts creates
// and removes devices. Nothing above these three knows the paths of sysfs. See the kernel's
// Documentation/driver-api/vfio-mediated-device.rst.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { SystemError, unless } from "../system.ts";
import { isUuid, parseUuid, type Uuid } from "../uuid.ts";

/** A device that the kernel has. */
export interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly type: string;
}

const missing = ["ENOENT", "ENOTDIR"];
const inactive = [...missing, "EINVAL"];

/** The devices that are active, sorted by parent and UUID. What cannot be read is warned about and left out. */
export function findActive(host: Host): ActiveDevice[] {
  const directory = devicesDirectory(host);
  const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
  const devices = new Map<string, ActiveDevice[]>();
  // Taken out, so that where there are very many the memory of the entries is that of the devices in the end.
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
    const { name } = entry;
    if (!isUuid(name)) {
      if (parseUuid(name) !== undefined)
        host.log.warn(`${directory}/${name} is passed over: its name is not spelled as a UUID is`);
      continue;
    }
    const device = orWarning(host, () => findActiveDevice(host, name));
    if (device === undefined) continue;
    const siblings = devices.get(device.parent);
    if (siblings === undefined) devices.set(device.parent, [device]);
    else siblings.push(device);
  }
  return [...devices.keys()].sort().flatMap((parent) => devices.get(parent)?.sort(byUuid) ?? []);
}

/**
 * A device is active when the bus has a link to it and it has a type; on its way out it loses them. The link's target ends in
 * PARENT/UUID, the type's in TYPE: two system calls tell all.
 */
export function findActiveDevice(host: Host, uuid: Uuid): ActiveDevice | undefined {
  const path = `${devicesDirectory(host)}/${uuid}`;
  try {
    const parent = host.system.readLink(path).slice(0, -uuid.length - 1);
    const type = host.system.readLink(`${path}/mdev_type`);
    return { uuid, parent: lastPart(parent), type: lastPart(type) };
  } catch (error) {
    if (error instanceof SystemError && inactive.includes(error.code)) return undefined;
    throw error;
  }
}

/**
 * Whether the device is active as it is defined. One path asks for all: the device's link leads to it, and the directory that it
 * is in is called as its parent. What is found there is the type.
 */
export function isActive(host: Host, { uuid, parent, type }: Device): boolean {
  const path = `${devicesDirectory(host)}/${uuid}/../../${parent}/${uuid}/mdev_type`;
  try {
    return host.system.readLink(path).endsWith(`/${type}`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (!inactive.includes(error.code)) host.log.warn(error.message);
    return false;
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function parentsDirectory(host: Host): string {
  return `${host.paths.root}/sys/class/mdev_bus`;
}

export function devicesDirectory(host: Host): string {
  return `${host.paths.root}/sys/bus/mdev/devices`;
}

/** What cannot be read of the system is warned about and passed over. */
export function orWarning<T>(host: Host, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof UserError)) throw error;
    host.log.warn(error.message);
    return undefined;
  }
}

function byUuid(a: ActiveDevice, b: ActiveDevice): number {
  return a.uuid < b.uuid ? -1 : 1;
}
