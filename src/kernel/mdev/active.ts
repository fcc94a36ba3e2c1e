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

const inactive = [...missing, "EINVAL"];

/** See `findActive` of a framework. */
export function findActiveMdevs(host: Host, { uuid, parent }: Wanted): ActiveDevice[] {
  if (uuid !== undefined) {
    const device = findMdev(host, uuid);
    return device === undefined || (parent !== undefined && device.parent !== parent) ? [] : [device];
  }
  return parent === undefined ? findOnBus(host) : findBelow(host, parent);
}

export function findMdev(host: Host, uuid: Uuid): ActiveDevice | undefined {
  const link = `${devicesDirectory(host)}/${uuid}`;
  return unless(inactive, () => {
    const parent = parentPath(host.system.readLink(link), uuid);
    return { uuid, parent: baseName(parent), type: baseName(host.system.readLink(`${link}/mdev_type`)) };
  });
}

function findOnBus(host: Host): ActiveDevice[] {
  const bus = devicesDirectory(host);
  const uuidsByParent = new Map<string, Uuid[]>();
  eachLink(host, bus, { uuids: uuidsIn(host, bus), link: "" }, (uuid, target) => {
    const parent = parentPath(target, uuid);
    const siblings = uuidsByParent.get(parent);
    if (siblings === undefined) uuidsByParent.set(parent, [uuid]);
    else siblings.push(uuid);
  });
  const parents = [...uuidsByParent].sort(([a], [b]) => (baseName(a) < baseName(b) ? -1 : 1));
  const devices: ActiveDevice[] = [];
  for (const [path, uuids] of parents) {
    const directory = path.startsWith("/") ? path : `${bus}/${path}`;
    addDevices(host, devices, { directory, parent: baseName(path), uuids });
  }
  return devices;
}

/** See `findActiveTypes` of a framework. */
export function findMdevTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string> {
  const types = new Map<Uuid, string>();
  const directory = `${parentsDirectory(host)}/${parent}`;
  eachLink(host, directory, { uuids, link: "/mdev_type" }, (uuid, target) => types.set(uuid, baseName(target)));
  return types;
}

function findBelow(host: Host, parent: string): ActiveDevice[] {
  const directory = `${parentsDirectory(host)}/${parent}`;
  const devices: ActiveDevice[] = [];
  const uuids = readOrWarn(host, () => uuidsIn(host, directory)) ?? [];
  addDevices(host, devices, { directory, parent, uuids });
  return devices;
}

interface Siblings {
  /** Where the parent is. The way there is long, so it is resolved once, not per device. */
  readonly directory: string;
  readonly parent: string;
  readonly uuids: Uuid[];
}

/** Adds those of the siblings that have a type, sorted. */
function addDevices(host: Host, devices: ActiveDevice[], { directory, parent, uuids }: Siblings): void {
  eachLink(host, directory, { uuids: uuids.sort(), link: "/mdev_type" }, (uuid, target) =>
    devices.push({ uuid, parent, type: baseName(target) }),
  );
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
