// Creates and removes devices on the mdev bus.

import type { Attribute, Device } from "../../device.ts";
import { refusalError, UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import type { Uuid } from "../../uuid.ts";
import { alreadyActiveError, countTypes, noSuchParentError, noSuchTypeError } from "../failures.ts";
import { type ActiveDevice, NotReadyError, type Place, type Refusal } from "../framework.ts";
import { devicesDirectory, findActiveMdevs, findMdev } from "./active.ts";
import { parentNames, readAvailableInstances, typeNames, typesDirectory } from "./types.ts";

/** See `create` of a framework. */
export function createMdev(host: Host, device: Device): Promise<ActiveDevice> {
  return host.system.uninterrupted(() => create(host, device));
}

/** See `remove` of a framework. */
export async function removeMdev(host: Host, { uuid }: ActiveDevice): Promise<void> {
  remove(host, uuid);
}

function create(host: Host, device: Device): ActiveDevice {
  const { uuid, parent, type } = device;
  const active = findMdev(host, uuid);
  if (active !== undefined) throw alreadyActiveError(device, active);
  const available = readInstances(host, device);
  if (available === undefined) throw noTypeError(host, device);
  if (available <= 0) throw noInstanceError(device, findActiveMdevs(host, { parent }));
  try {
    host.system.writeFile(`${typesDirectory(host, parent)}/${type}/create`, uuid);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const failure = `cannot start ${uuid}: ${parent} refuses a device of type ${type}`;
    if (["EAGAIN", "EBUSY"].includes(error.code)) throw new NotReadyError(`${failure}: ${error.reason}`);
    throw refusalError(host.system, failure, error);
  }
  try {
    for (const attribute of device.attributes) writeAttribute(host, uuid, attribute);
  } catch (error) {
    if (error instanceof UserError) removeAfter(error, host, uuid);
    throw error;
  }
  return { uuid, parent, type };
}

/** A number that the driver gets wrong is a failure of this device. */
function readInstances(host: Host, { uuid, parent, type }: Device): number | undefined {
  try {
    return readAvailableInstances(host, parent, type);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`cannot start ${uuid}: ${error.message}`) : error;
  }
}

/** Removes a device whose start failed. When that fails too, the error says so. */
function removeAfter(failure: UserError, host: Host, uuid: Uuid): void {
  try {
    remove(host, uuid);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${failure.message}; it is active all the same: ${error.message}`, failure.hint);
  }
}

function writeAttribute(host: Host, uuid: Uuid, attribute: Attribute): void {
  const failure = `cannot start ${uuid}`;
  const directory = `${devicesDirectory(host)}/${uuid}`;
  try {
    ensureInside(host, directory, attribute.name);
    host.system.writeFile(`${directory}/${attribute.name}`, attribute.value);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (missing.includes(error.code))
      throw new UserError(`${failure}: the device has no attribute '${attribute.name}'`);
    throw refusalError(
      host.system,
      `${failure}: attribute '${attribute.name}' does not take '${attribute.value}'`,
      error,
    );
  }
}

/** A device's directory has links to its driver and its type: what is behind them is not the device's to change. */
function ensureInside(host: Host, directory: string, name: string): void {
  for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
    const part = `${directory}/${name.slice(0, slash)}`;
    if (unless(["EINVAL"], () => host.system.readLink(part)) !== undefined) {
      throw new UserError(`cannot write attribute '${name}': ${part} leads out of the device`);
    }
  }
}

function remove(host: Host, uuid: Uuid): void {
  try {
    host.system.writeFile(`${devicesDirectory(host)}/${uuid}/remove`, "1");
  } catch (error) {
    throw error instanceof SystemError ? refusalError(host.system, `cannot stop ${uuid}`, error) : error;
  }
}

function noTypeError(host: Host, device: Device): UserError {
  const { uuid, parent } = device;
  const failure = `cannot start ${uuid}`;
  const parents = parentNames(host);
  if (!parents.includes(parent)) return noSuchParentError(failure, parent);
  return noSuchTypeError(failure, device, typeNames(host, parent));
}

function noInstanceError({ uuid, parent, type }: Device, siblings: readonly ActiveDevice[]): UserError {
  return new UserError(
    `cannot start ${uuid}: ${parent} has no free instance of ${type}`,
    siblings.length === 0 ? undefined : `Active on ${parent}: ${countTypes(siblings)}.`,
  );
}

/** See `explainRefusal` of a framework. */
export function explainMdevRefusal(device: Device, { parent, active }: Place): Refusal | undefined {
  const type = parent.types.find(({ name }) => name === device.type);
  if (type === undefined) {
    const names = parent.types.map(({ name }) => name);
    return { kind: "type-missing", error: noSuchTypeError(`cannot start ${device.uuid}`, device, names) };
  }
  return type.availableInstances > 0 ? undefined : { kind: "no-room", error: noInstanceError(device, active) };
}
