// The tree of a sandbox: the part of sysfs that mediated devices have, made from a description of the parents, and the
// directories that mdevctl looks for. The description is kept at the root in a marker file, which is what has the tree
// simulated. The layout is that of the kernel's Documentation/driver-api/vfio-mediated-device.rst.

import { UserError } from "../errors.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import type { System } from "../system.ts";
import { missing, unless } from "../system-error.ts";
import type { Uuid } from "../uuid.ts";
import { markerPath } from "./marker.ts";

export interface SandboxParent {
  /** Where it is below `sys/devices`; the last part is its name. */
  readonly path: string;
  /** What all its devices together can take of it: types are alternatives, as on a graphics card with so much memory. */
  readonly capacity: number;
  readonly types: readonly SandboxType[];
}

export interface SandboxType {
  readonly name: string;
  readonly deviceApi: string;
  readonly label?: string;
  readonly description?: string;
  /** What one device takes of the parent's capacity. */
  readonly size: number;
  readonly attributes: readonly SandboxAttribute[];
}

/** A file that every device of the type has. */
export interface SandboxAttribute {
  /** May have several parts: `power/control`. */
  readonly name: string;
  /** What the file holds at first. */
  readonly value: string;
  /** A regular expression for everything that the driver takes; without it that is anything. */
  readonly accepts?: string;
  /** The file holds all that was written, a line each, instead of the last. */
  readonly appends?: boolean;
}

/** A root, without a slash at its end, and what its marker says. */
export interface Sandbox {
  readonly system: System;
  readonly root: string;
  readonly parents: readonly SandboxParent[];
}

const markerLimit = 1024 * 1024;

const directories = [
  "etc/mdevctl.d",
  "usr/lib/mdevctl/scripts.d/callouts",
  "usr/lib/mdevctl/scripts.d/notifiers",
  "sys/bus/mdev/devices",
  "sys/class/mdev_bus",
];

/** The root must exist. Throws a SystemError when something is in the way. */
export function writeSandbox(system: System, root: string, parents: readonly SandboxParent[]): void {
  const sandbox = { system, root, parents };
  for (const directory of directories) makeDirectories(system, root, directory);
  for (const parent of parents) {
    makeDirectories(system, root, `sys/devices/${parent.path}`);
    for (const type of parent.types) makeType(sandbox, parent, type);
    countInstances(sandbox, parent);
    system.makeLink(`../../devices/${parent.path}`, `${root}/sys/class/mdev_bus/${lastPart(parent.path)}`);
  }
  // Last: half a tree is no sandbox.
  putFile(sandbox, markerPath(root), JSON.stringify({ parents }, null, 2));
}

/** Undefined when there is no marker. */
export function readSandbox(system: System, root: string): Sandbox | undefined {
  const path = markerPath(root);
  const text = unless(missing, () => system.readFile(path, markerLimit));
  if (text === undefined) return undefined;
  try {
    const marker = parseJson(text);
    if (isMarker(marker)) return { system, root, parents: marker.parents };
    throw new JsonError("it has no parents");
  } catch (error) {
    throw error instanceof JsonError
      ? new UserError(`cannot simulate what ${path} describes: ${error.message}`)
      : error;
  }
}

/** Enough to tell a marker from another file; inside it is as `writeSandbox` made it. */
function isMarker(value: unknown): value is { readonly parents: readonly SandboxParent[] } {
  return isObject(value) && Array.isArray(value.parents);
}

export function parentDirectory({ root }: Sandbox, parent: SandboxParent): string {
  return `${root}/sys/devices/${parent.path}`;
}

export function typeDirectory(sandbox: Sandbox, parent: SandboxParent, type: SandboxType): string {
  return `${parentDirectory(sandbox, parent)}/mdev_supported_types/${type.name}`;
}

export function busLink({ root }: Sandbox, uuid: Uuid): string {
  return `${root}/sys/bus/mdev/devices/${uuid}`;
}

function makeType(sandbox: Sandbox, parent: SandboxParent, type: SandboxType): void {
  const directory = typeDirectory(sandbox, parent, type);
  makeDirectories(sandbox.system, parentDirectory(sandbox, parent), `mdev_supported_types/${type.name}/devices`);
  putFile(sandbox, `${directory}/create`, "");
  putFile(sandbox, `${directory}/device_api`, type.deviceApi);
  if (type.label !== undefined) putFile(sandbox, `${directory}/name`, type.label);
  if (type.description !== undefined) putFile(sandbox, `${directory}/description`, type.description);
}

/** Everything that a device has, its links excepted. */
export function makeDeviceDirectory(
  sandbox: Sandbox,
  directory: string,
  attributes: readonly SandboxAttribute[],
): void {
  sandbox.system.makeDirectory(directory);
  putFile(sandbox, `${directory}/remove`, "");
  for (const { name, value } of attributes) {
    makeDirectories(sandbox.system, directory, name.split("/").slice(0, -1).join("/"));
    putFile(sandbox, `${directory}/${name}`, value);
  }
}

/** Says at each type how many of its devices fit into what is free. */
export function countInstances(sandbox: Sandbox, parent: SandboxParent): void {
  const free = freeCapacity(sandbox, parent);
  for (const type of parent.types) {
    const path = `${typeDirectory(sandbox, parent, type)}/available_instances`;
    putFile(sandbox, path, String(Math.floor(free / type.size)));
  }
}

export function freeCapacity(sandbox: Sandbox, parent: SandboxParent): number {
  return parent.types.reduce((free, type) => {
    const devices = sandbox.system.readDirectory(`${typeDirectory(sandbox, parent, type)}/devices`);
    return free - devices.length * type.size;
  }, parent.capacity);
}

/** Makes a file or replaces it in one step: a reader never finds it missing. As in sysfs the text ends with a newline. */
export function putFile({ system, root }: Sandbox, path: string, text: string): void {
  const temporary = `${root}/mdevctl-sandbox.${system.randomBytes(8).join("-")}`;
  system.createFile(temporary, text === "" ? "" : `${text}\n`);
  system.rename(temporary, path);
}

function makeDirectories(system: System, base: string, path: string): void {
  let directory = base;
  for (const part of path.split("/").filter((name) => name !== "")) {
    directory += `/${part}`;
    const made = directory;
    unless(["EEXIST"], () => system.makeDirectory(made));
  }
}

export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
