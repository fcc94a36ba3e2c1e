// Which devices are active on the mdev bus: those that the bus links to and that have a type. The link's target ends in
// PARENT/UUID, the type's in TYPE, so two system calls tell everything about a device. A device that is being removed loses
// both.

import type { Wanted } from "../../device.ts";
import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { baseName } from "../../paths.ts";
import { missing, unless } from "../../system-error.ts";
import { isUuid, parseUuid, type Uuid } from "../../uuid.ts";
import type { ActiveDevice } from "../framework.ts";

export function parentsDirectory(host: Host): string {
  return `${host.paths.root}/sys/class/mdev_bus`;
}

export function devicesDirectory(host: Host): string {
  return `${host.paths.root}/sys/bus/mdev/devices`;
}

/** Whether a driver has registered this device as a parent. */
export function isOnMdevBus(host: Host, parent: string): boolean {
  return unless(missing, () => host.system.stat(`${parentsDirectory(host)}/${parent}`)) !== undefined;
}

const inactive = [...missing, "EINVAL"];

/** See `findActive` of a framework. */
export function findActiveMdevs(host: Host, { uuid, parent }: Wanted): ActiveDevice[] {
  if (uuid === undefined) return findOnBus(host, parent);
  const device = findMdev(host, uuid);
  return device === undefined || (parent !== undefined && device.parent !== parent) ? [] : [device];
}

export function findMdev(host: Host, uuid: Uuid): ActiveDevice | undefined {
  const link = `${devicesDirectory(host)}/${uuid}`;
  return unless(inactive, () => {
    const parent = parentPath(host.system.readLink(link), uuid);
    return { uuid, parent: baseName(parent), type: baseName(host.system.readLink(`${link}/mdev_type`)) };
  });
}

/** Those of one parent, or all. */
function findOnBus(host: Host, only: string | undefined): ActiveDevice[] {
  const bus = devicesDirectory(host);
  const uuidsByPath = new Map<string, Uuid[]>();
  eachLink(host, bus, { uuids: uuidsIn(host, bus), link: "" }, (uuid, target) => {
    const path = parentPath(target, uuid);
    const siblings = uuidsByPath.get(path);
    if (siblings === undefined) uuidsByPath.set(path, [uuid]);
    else siblings.push(uuid);
  });
  const paths = [...uuidsByPath].sort(([a], [b]) => (baseName(a) < baseName(b) ? -1 : 1));
  const devices: ActiveDevice[] = [];
  for (const [path, uuids] of paths) {
    const parent = baseName(path);
    if (only !== undefined && parent !== only) continue;
    eachType(host, path, uuids.sort(), (uuid, type) => devices.push({ uuid, parent, type }));
  }
  return devices;
}

/**
 * See `findActiveTypes` of a framework. The first of the devices that is on the bus tells where all of them are: to ask the bus
 * about each would cost a listing a fifth more system calls.
 */
export function findMdevTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  const types = new Map<Uuid, string>();
  for (const [index, uuid] of uuids.entries()) {
    const link = `${devicesDirectory(host)}/${uuid}`;
    const target = readOrWarn(host, () => unless(inactive, () => host.system.readLink(link)));
    const path = target === undefined ? "" : parentPath(target, uuid);
    if (baseName(path) !== parent) continue;
    eachType(host, path, uuids.slice(index), (sibling, type) => types.set(sibling, type));
    break;
  }
  return types;
}

/** Calls `use` for each of these devices that has a type. The long path to their parent is resolved once, not per device. */
function eachType(host: Host, path: string, uuids: readonly Uuid[], use: (uuid: Uuid, type: string) => void): void {
  const directory = path.startsWith("/") ? path : `${devicesDirectory(host)}/${path}`;
  eachLink(host, directory, { uuids, link: "/mdev_type" }, (uuid, target) => use(uuid, baseName(target)));
}

function parentPath(busLink: string, uuid: Uuid): string {
  return busLink.slice(0, -uuid.length - 1);
}

function uuidsIn(host: Host, directory: string): Uuid[] {
  const uuids: Uuid[] = [];
  for (const { name } of unless(missing, () => host.system.readDirectory(directory)) ?? []) {
    if (isUuid(name)) uuids.push(name);
    else if (parseUuid(name) !== undefined) {
      host.log.warn(`${directory}/${name} is skipped: its name is not spelled as a UUID is`);
    }
  }
  return uuids;
}

interface Links {
  readonly uuids: readonly Uuid[];
  /** The rest of the link's path, after the UUID. */
  readonly link: string;
}

/** Calls `use` for each device that has such a link. */
function eachLink(
  host: Host,
  directory: string,
  { uuids, link }: Links,
  use: (uuid: Uuid, target: string) => void,
): void {
  // In parts, because there can be very many, and a target is longer than what is kept of it.
  for (let start = 0; start < uuids.length; start += 256) {
    const part = uuids.slice(start, start + 256);
    const targets = host.system.readLinks(
      directory,
      part.map((uuid) => `${uuid}${link}`),
    );
    part.forEach((uuid, index) => {
      const target = targets[index];
      if (typeof target === "string") use(uuid, target);
      else if (target !== undefined && !inactive.includes(target.code)) host.log.warn(target.message);
    });
  }
}
