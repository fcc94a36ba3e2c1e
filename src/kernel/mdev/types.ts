// The parents on the mdev bus, and the types of devices that each supports.

import type { Device } from "../../device.ts";
import { UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { baseName } from "../../paths.ts";
import type { FilesBelow } from "../../system.ts";
import { missing, SystemError, unless } from "../../system-error.ts";
import type { Parent, Type } from "../framework.ts";
import { findTypeByName } from "../type-names.ts";
import { isOnMdevBus, parentsDirectory } from "./active.ts";

export function typesDirectory(host: Host, parent: string): string {
  return `${parentsDirectory(host)}/${parent}/mdev_supported_types`;
}

/** In bytes. */
export const sysfsLimit = 1024 * 1024;

/** See `findParents` of a framework. */
export function* findMdevParents(host: Host, only?: string): Generator<Parent> {
  for (const name of parentNames(host)) {
    if (only !== undefined && name !== only) continue;
    const parent = readOrWarn(host, () => readParent(host, name));
    if (parent !== undefined) yield parent;
  }
}

/** See `cardOf` of a framework. A parent may be a virtual function; the kernel links it to the card then. */
export function findCard(host: Host, parent: string): string | undefined {
  return findLinked(host, parent, "physfn");
}

/** See `driverOf` of a framework. */
export function findDriver(host: Host, parent: string): string | undefined {
  return findLinked(host, parent, "driver");
}

function findLinked(host: Host, parent: string, link: string): string | undefined {
  const path = `${parentsDirectory(host)}/${parent}/${link}`;
  const target = unless([...missing, "EINVAL"], () => host.system.readLink(path));
  return target === undefined ? undefined : baseName(target);
}

export function isMdevType(host: Host, parent: string, type: string): boolean {
  return unless(missing, () => host.system.stat(`${typesDirectory(host, parent)}/${type}`)) !== undefined;
}

/** Sorted; none when no driver offers any. */
export function parentNames(host: Host): string[] {
  return namesIn(host, parentsDirectory(host));
}

/** See `resolveType` of a framework. */
export function resolveMdevType(
  host: Host,
  { parent, type }: Pick<Device, "parent" | "type">,
  failure: string,
): { type: string } {
  try {
    if (isMdevType(host, parent, type)) return { type };
  } catch (error) {
    // Whoever needs the type says so.
    if (error instanceof SystemError) return { type };
    throw error;
  }
  const types = isOnMdevBus(host, parent) ? readParent(host, parent).types : [];
  const named = types.map(({ name, label }) => ({ type: name, name: label }));
  return { type: findTypeByName(named, type, failure)?.type ?? type };
}

const typeFiles = ["available_instances", "device_api", "name", "description"];

function readParent(host: Host, name: string): Parent {
  const directory = typesDirectory(host, name);
  const types: Type[] = [];
  for (const below of host.system.readFilesBelow(directory, typeFiles, sysfsLimit).sort(compareNames)) {
    const type = readOrWarn(host, () => parseType(below, directory));
    if (type !== undefined) types.push(type);
  }
  return { name, types };
}

function parseType({ name, files }: FilesBelow, directory: string): Type {
  return {
    name,
    availableInstances: parseCount(attributeText(files.available_instances), directory, name),
    deviceApi: attributeText(files.device_api),
    label: optionalText(files.name),
    description: optionalText(files.description),
  };
}

function compareNames(a: FilesBelow, b: FilesBelow): number {
  return a.name < b.name ? -1 : 1;
}

/** The text of a sysfs attribute without the white space around it. */
function attributeText(read: string | SystemError | undefined): string {
  if (typeof read === "string") return read.trim();
  throw read;
}

function optionalText(read: string | SystemError | undefined): string {
  return read instanceof SystemError && missing.includes(read.code) ? "" : attributeText(read);
}

/** How many more devices of the type there can be; undefined where there is no such type. */
export function readAvailableInstances(host: Host, parent: string, type: string): number | undefined {
  const directory = typesDirectory(host, parent);
  const text = unless(missing, () => host.system.readFile(`${directory}/${type}/available_instances`, sysfsLimit));
  return text === undefined ? undefined : parseCount(text.trim(), directory, type);
}

function parseCount(text: string, directory: string, type: string): number {
  const count = Number(text);
  // Almost all are written like this, and an expression is slow.
  if (String(count) === text && Number.isSafeInteger(count)) return count;
  const isNumber = /^[+-]?\d+$/.test(text);
  if (isNumber && Number.isSafeInteger(count)) return count;
  const problem = isNumber ? "the number is too large" : `'${text}' is not a number`;
  throw new UserError(`cannot read ${directory}/${type}/available_instances: ${problem}`);
}

/** The names of a parent's types, sorted. */
export function typeNames(host: Host, parent: string): string[] {
  return namesIn(host, typesDirectory(host, parent));
}

function namesIn(host: Host, directory: string): string[] {
  const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
  return entries.map((entry) => entry.name).sort();
}
