// The kernel's mdev bus: which parents there are with which types, which devices are active, create one, remove one.
// Nothing above this file knows the paths of sysfs. See the kernel's Documentation/driver-api/vfio-mediated-device.rst.

import type { Attribute, Device } from "../device.ts";
import { listed, refusal, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { SystemError, unless } from "../system.ts";
import { isUuid, parseUuid, type Uuid } from "../uuid.ts";

export interface Parent {
  readonly name: string;
  readonly types: readonly MdevType[];
}

export interface MdevType {
  readonly name: string;
  readonly availableInstances: number;
  /** As in `vfio-pci`. */
  readonly deviceApi: string;
  /** For people, set by some drivers; empty otherwise. */
  readonly label: string;
  /** May have several lines; empty when the driver gives none. */
  readonly description: string;
}

/** A device that the kernel has. */
export interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly type: string;
}

/** The driver may only need more time: it has not made its types yet, or is busy. */
export class NotReadyError extends UserError {}

const sysfsLimit = 1024 * 1024;
const missing = ["ENOENT", "ENOTDIR"];
const inactive = [...missing, "EINVAL"];

/** The parents with their types, sorted by name. What cannot be read is warned about and left out. */
export function findParents(host: Host): Parent[] {
  return readParents(host, parentNames(host));
}

/** The parents' names, sorted; none when no driver offers any. */
export function parentNames(host: Host): string[] {
  return namesIn(host, parentsDirectory(host));
}

/** The parent of this name, or none. */
export function findParent(host: Host, name: string): Parent[] {
  return parentNames(host).includes(name) ? readParents(host, [name]) : [];
}

function readParents(host: Host, names: readonly string[]): Parent[] {
  return names.flatMap((name) => orWarning(host, () => readParent(host, name)) ?? []);
}

function readParent(host: Host, name: string): Parent {
  const directory = `${parentsDirectory(host)}/${name}/mdev_supported_types`;
  const entries = host.system.readDirectory(directory).filter(({ kind }) => kind !== "file");
  const types = entries.map((entry) => entry.name).sort();
  return {
    name,
    types: types.flatMap((type) => orWarning(host, () => readType(host, `${directory}/${type}`, type)) ?? []),
  };
}

function readType(host: Host, directory: string, name: string): MdevType {
  const optional = (file: string) => unless(missing, () => readAttribute(host, `${directory}/${file}`)) ?? "";
  return {
    name,
    availableInstances: readCount(host, `${directory}/available_instances`),
    deviceApi: readAttribute(host, `${directory}/device_api`),
    label: optional("name"),
    description: optional("description"),
  };
}

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
  return unless(inactive, () => {
    const parent = host.system.readLink(path).slice(0, -uuid.length - 1);
    const type = host.system.readLink(`${path}/mdev_type`);
    return { uuid, parent: lastPart(parent), type: lastPart(type) };
  });
}

/**
 * Whether the device is active as it is defined. One path asks for all: the device's link leads to it, and the directory that it
 * is in is called as its parent. What is found there is the type.
 */
export function isActive(host: Host, { uuid, parent, type }: Device): boolean {
  const path = `${devicesDirectory(host)}/${uuid}/../../${parent}/${uuid}/mdev_type`;
  const link = orWarning(host, () => unless(inactive, () => host.system.readLink(path)));
  return link !== undefined && lastPart(link) === type;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Creates the device and writes its attributes in their order. If one cannot be written, the device is removed again.
 * The names in `device` have been checked.
 */
export function createDevice(host: Host, device: Device): Promise<void> {
  return host.system.uninterrupted(() => create(host, device));
}

function create(host: Host, device: Device): void {
  const { uuid, parent, type } = device;
  const active = findActiveDevice(host, uuid);
  if (active !== undefined) throw alreadyActive(device, active);
  const directory = `${parentsDirectory(host)}/${parent}/mdev_supported_types/${type}`;
  const available = unless(missing, () => readCount(host, `${directory}/available_instances`));
  if (available === undefined) throw noSuchType(host, device);
  if (available <= 0) throw noInstance(host, device);
  try {
    host.system.writeFile(`${directory}/create`, uuid);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const failure = `cannot start ${uuid}: ${parent} refuses a device of type ${type}`;
    if (["EAGAIN", "EBUSY"].includes(error.code)) throw new NotReadyError(`${failure}: ${error.reason}`);
    throw refusal(host, failure, error);
  }
  try {
    for (const attribute of device.attributes) writeDeviceAttribute(host, uuid, attribute);
  } catch (error) {
    throw error instanceof UserError ? removed(host, uuid, error) : error;
  }
}

/** Removes a device whose start failed; the error says so when even that cannot be done. */
function removed(host: Host, uuid: Uuid, failure: UserError): UserError {
  try {
    removeDevice(host, uuid);
    return failure;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return new UserError(`${failure.message}; it is active all the same: ${error.message}`, failure.hint);
  }
}

function writeDeviceAttribute(host: Host, uuid: Uuid, attribute: Attribute): void {
  const failure = `cannot start ${uuid}`;
  const directory = `${devicesDirectory(host)}/${uuid}`;
  try {
    ensureInside(host, directory, attribute.name);
    host.system.writeFile(`${directory}/${attribute.name}`, attribute.value);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (missing.includes(error.code))
      throw new UserError(`${failure}: the device has no attribute '${attribute.name}'`);
    throw refusal(host, `${failure}: attribute '${attribute.name}' does not take '${attribute.value}'`, error);
  }
}

/** A device's directory has links out of it, to its driver and its type: what is behind them is not the device's. */
function ensureInside(host: Host, directory: string, name: string): void {
  for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
    const part = `${directory}/${name.slice(0, slash)}`;
    if (unless(["EINVAL"], () => host.system.readLink(part)) !== undefined) {
      throw new UserError(`cannot write attribute '${name}': ${part} leads out of the device`);
    }
  }
}

export function removeDevice(host: Host, uuid: Uuid): void {
  try {
    host.system.writeFile(`${devicesDirectory(host)}/${uuid}/remove`, "1");
  } catch (error) {
    throw error instanceof SystemError ? refusal(host, `cannot stop ${uuid}`, error) : error;
  }
}

function parentsDirectory(host: Host): string {
  return `${host.paths.root}/sys/class/mdev_bus`;
}

function devicesDirectory(host: Host): string {
  return `${host.paths.root}/sys/bus/mdev/devices`;
}

function namesIn(host: Host, directory: string): string[] {
  const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
  return entries.map((entry) => entry.name).sort();
}

/** The text of a sysfs attribute without the white space around it. */
function readAttribute(host: Host, path: string): string {
  return host.system.readFile(path, sysfsLimit).trim();
}

function readCount(host: Host, path: string): number {
  const text = readAttribute(host, path);
  if (!/^[+-]?\d+$/.test(text)) throw new UserError(`cannot read ${path}: '${text}' is not a number`);
  return Number(text);
}

/** What cannot be read of the system is warned about and passed over. */
function orWarning<T>(host: Host, read: () => T): T | undefined {
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

function alreadyActive(wanted: Device, active: ActiveDevice): UserError {
  const difference =
    active.parent !== wanted.parent
      ? `with another parent, ${active.parent}`
      : active.type !== wanted.type
        ? `with another type, ${active.type}`
        : undefined;
  return new UserError(
    `cannot start ${wanted.uuid}: it is active already${difference === undefined ? "" : `, ${difference}`}`,
  );
}

function noSuchType(host: Host, { uuid, parent, type }: Device): UserError {
  const parents = parentNames(host);
  const failure = `cannot start ${uuid}`;
  if (!parents.includes(parent)) {
    const otherCase = parents.find((name) => name.toLowerCase() === parent.toLowerCase());
    return new UserError(
      `${failure}: there is no parent device ${parent}`,
      otherCase !== undefined
        ? `did you mean '${otherCase}'? Letter case counts.`
        : parents.length === 0
          ? "No driver offers mediated devices on this host. Is it loaded?"
          : `The parent devices are ${listed(parents)}.`,
    );
  }
  const types = namesIn(host, `${parentsDirectory(host)}/${parent}/mdev_supported_types`);
  if (types.length === 0) return new NotReadyError(`${failure}: ${parent} supports no mediated device types`);
  return new NotReadyError(`${failure}: ${parent} has no type ${type}`, `Its types are ${listed(types)}.`);
}

function noInstance(host: Host, { uuid, parent, type }: Device): UserError {
  const siblings = findActive(host).filter((device) => device.parent === parent);
  const types = [...new Set(siblings.map((device) => device.type))].sort();
  const active = types.map((name) => `${siblings.filter((device) => device.type === name).length} of ${name}`);
  return new UserError(
    `cannot start ${uuid}: ${parent} has no free instance of ${type}`,
    siblings.length === 0 ? undefined : `Active on ${parent}: ${listed(active)}.`,
  );
}
