// The kernel's mdev bus: which devices are active. mdev-types.ts has which parents and types there are, mdev-changes.ts creates
// and removes devices. Nothing above these three knows the paths of sysfs. See the kernel's
// Documentation/driver-api/vfio-mediated-device.rst.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { isUuid, parseUuid, type Uuid } from "../uuid.ts";

/** A device that the kernel has. */
export interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly type: string;
}

const inactive = [...missing, "EINVAL"];

/** The devices that are active, sorted by parent and UUID. What cannot be read is warned about and left out. */
export function findActive(host: Host): ActiveDevice[] {
  const directory = devicesDirectory(host);
  const siblings = new Map<string, Uuid[]>();
  eachLink(host, directory, uuidsIn(host, directory), "", (uuid, target) => {
    const parent = target.slice(0, -uuid.length - 1);
    const others = siblings.get(parent);
    if (others === undefined) siblings.set(parent, [uuid]);
    else others.push(uuid);
  });
  const parents = [...siblings].sort(([a], [b]) => (lastPart(a) < lastPart(b) ? -1 : 1));
  const devices: ActiveDevice[] = [];
  for (const [path, uuids] of parents) {
    const parent = lastPart(path);
    eachType(host, path, uuids.sort(), (uuid, type) => devices.push({ uuid, parent, type }));
  }
  return devices;
}

/** The types of those of these devices that are active under the parent. */
export function findActiveTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  const types = new Map<Uuid, string>();
  for (const [index, uuid] of uuids.entries()) {
    const path = orWarning(host, () => unless(inactive, () => findParentPath(host, uuid)));
    if (path === undefined || lastPart(path) !== parent) continue;
    eachType(host, path, uuids.slice(index), (sibling, type) => types.set(sibling, type));
    break;
  }
  return types;
}

/** Where the parent of a device is, as seen from the bus. */
function findParentPath(host: Host, uuid: Uuid): string {
  return host.system.readLink(`${devicesDirectory(host)}/${uuid}`).slice(0, -uuid.length - 1);
}

/** The way to the parent is long, and the same for all of its devices: it is gone once. */
function eachType(host: Host, path: string, uuids: readonly Uuid[], use: (uuid: Uuid, type: string) => void): void {
  const directory = path.startsWith("/") ? path : `${devicesDirectory(host)}/${path}`;
  eachLink(host, directory, uuids, "/mdev_type", (uuid, target) => use(uuid, lastPart(target)));
}

function uuidsIn(host: Host, directory: string): Uuid[] {
  const uuids: Uuid[] = [];
  for (const { name } of unless(missing, () => host.system.readDirectory(directory)) ?? []) {
    if (isUuid(name)) uuids.push(name);
    else if (parseUuid(name) !== undefined) {
      host.log.warn(`${directory}/${name} is passed over: its name is not spelled as a UUID is`);
    }
  }
  return uuids;
}

/** The links that these devices have at a place below theirs. A device on its way out has none. */
function eachLink(
  host: Host,
  directory: string,
  uuids: readonly Uuid[],
  place: string,
  use: (uuid: Uuid, target: string) => void,
): void {
  // In parts, because there can be very many, and a target is longer than what is kept of it.
  for (let start = 0; start < uuids.length; start += 256) {
    const part = uuids.slice(start, start + 256);
    const targets = host.system.readLinks(
      directory,
      part.map((uuid) => `${uuid}${place}`),
    );
    part.forEach((uuid, index) => {
      const target = targets[index];
      if (typeof target === "string") use(uuid, target);
      else if (target !== undefined && !inactive.includes(target.code)) host.log.warn(target.message);
    });
  }
}

/**
 * A device is active when the bus has a link to it and it has a type; on its way out it loses them. The link's target ends in
 * PARENT/UUID, the type's in TYPE: two system calls tell all.
 */
export function findActiveDevice(host: Host, uuid: Uuid): ActiveDevice | undefined {
  try {
    const parent = findParentPath(host, uuid);
    const type = host.system.readLink(`${devicesDirectory(host)}/${uuid}/mdev_type`);
    return { uuid, parent: lastPart(parent), type: lastPart(type) };
  } catch (error) {
    if (error instanceof SystemError && inactive.includes(error.code)) return undefined;
    throw error;
  }
}

/** Whether the device is active as it is defined. */
export function isActive(host: Host, { uuid, parent, type }: Device): boolean {
  const active = orWarning(host, () => findActiveDevice(host, uuid));
  return active?.parent === parent && active.type === type;
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
