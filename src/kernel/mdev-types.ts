// The parents on the kernel's mdev bus and the types of devices that each supports.

import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { FilesBelow } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { orWarning, parentsDirectory } from "./mdev.ts";

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

const sysfsLimit = 1024 * 1024;

/**
 * The parents with their types, sorted by name, read one by one as they are asked for. What cannot be read is warned about and
 * left out.
 */
export function findParents(host: Host): Generator<Parent> {
  return readParents(host, parentNames(host));
}

/** The parents' names, sorted; none when no driver offers any. */
export function parentNames(host: Host): string[] {
  return namesIn(host, parentsDirectory(host));
}

/** The parent of this name, or none. */
export function findParent(host: Host, name: string): Generator<Parent> {
  return readParents(host, parentNames(host).includes(name) ? [name] : []);
}

function* readParents(host: Host, names: readonly string[]): Generator<Parent> {
  for (const name of names) {
    const parent = orWarning(host, () => readParent(host, name));
    if (parent !== undefined) yield parent;
  }
}

const typeFiles = ["available_instances", "device_api", "name", "description"];

function readParent(host: Host, name: string): Parent {
  const directory = typesDirectory(host, name);
  const types: MdevType[] = [];
  for (const files of host.system.readFilesBelow(directory, typeFiles, sysfsLimit).sort(byName)) {
    const type = orWarning(host, () => typeIn(files, directory));
    if (type !== undefined) types.push(type);
  }
  return { name, types };
}

function typeIn({ name, files }: FilesBelow, directory: string): MdevType {
  return {
    name,
    availableInstances: countIn(attribute(files.available_instances), directory, name),
    deviceApi: attribute(files.device_api),
    label: optionalAttribute(files.name),
    description: optionalAttribute(files.description),
  };
}

function byName(a: FilesBelow, b: FilesBelow): number {
  return a.name < b.name ? -1 : 1;
}

/** The text of a sysfs attribute without the white space around it. */
function attribute(read: string | SystemError | undefined): string {
  if (typeof read === "string") return read.trim();
  throw read;
}

function optionalAttribute(read: string | SystemError | undefined): string {
  if (typeof read === "string") return read.trim();
  if (read instanceof SystemError && missing.includes(read.code)) return "";
  throw read;
}

/** How many more devices of the type there can be; undefined where there is no such type. */
export function readAvailableInstances(host: Host, parent: string, type: string): number | undefined {
  const directory = typesDirectory(host, parent);
  const text = unless(missing, () => host.system.readFile(`${directory}/${type}/available_instances`, sysfsLimit));
  return text === undefined ? undefined : countIn(attribute(text), directory, type);
}

function countIn(text: string, directory: string, type: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new UserError(`cannot read ${directory}/${type}/available_instances: '${text}' is not a number`);
}

export function typesDirectory(host: Host, parent: string): string {
  return `${parentsDirectory(host)}/${parent}/mdev_supported_types`;
}

export function namesIn(host: Host, directory: string): string[] {
  const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
  return entries.map((entry) => entry.name).sort();
}
