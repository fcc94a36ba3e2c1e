// A sandbox is a directory with a machine in it whose kernel is simulated: a place to try mdevctl without the hardware, and
// what the tests run on. A System is wrapped so that writing below ROOT/sys does what the mdev drivers of a kernel do. A marker
// at the root describes the parents; all other state is in the tree. It has no lock as the kernel has: two processes that start
// devices at once may both get the last instance.

import { UserError } from "../errors.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import { baseName } from "../paths.ts";
import { replaceReaders } from "../system/reading.ts";
import type { System, Watch } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { isUuid, type Uuid } from "../uuid.ts";
import { describeCard, type PlacedCard, parseVfPath, showVfFile, storeVfFile } from "./card.ts";
import {
  busLink,
  describeDevice,
  describeMachine,
  endLine,
  type MdevParent,
  parentDirectory,
  typesDirectory,
} from "./machine.ts";
import { markerPath } from "./marker.ts";
import { makeNode, noNodes, removeNode } from "./nodes.ts";
import type { SandboxAttribute, SandboxCard, SandboxParent, SandboxType } from "./parents.ts";
import { describeTools } from "./tools.ts";
import { directory, writeTree } from "./tree.ts";

/** A root, without a slash at its end, and what its marker says. */
interface Sandbox extends Described {
  readonly system: System;
  readonly root: string;
}

/** What drivers offer in a sandbox. */
export interface Described {
  readonly parents: readonly SandboxParent[];
  readonly cards?: readonly SandboxCard[];
}

const sizeLimit = 1024 * 1024;

/** The root must exist. Throws a SystemError when something is in the way. */
export function writeSandbox(system: System, root: string, { parents, cards = [] }: Described): void {
  const shown = parents.map((parent) => showParent(parent, parent.capacity));
  writeTree(system, root, { ...describeMachine({ parents: shown }), ...noNodes });
  for (const card of cards) writeTree(system, root, describeCard(card));
  writeTree(system, root, describeTools(cards));
  // Last: half a tree is no sandbox.
  replaceFile({ system, root }, markerPath(root), `${JSON.stringify({ parents, cards }, null, 2)}\n`);
}

/** Costs nothing until something is written below `sys`, or a file of a VF is read. The root is without a slash at its end. */
export function simulateKernel(system: System, root: string): System {
  const readFile = (path: string, limit: number): string => {
    const { vf, file } = parseVfPath(path) ?? {};
    const placed = vf === undefined ? undefined : findCard(readSandbox(system, root), vf);
    // Whatever may have been interrupted in writing, this is how it is now.
    const text = system.readFile(path, limit);
    return placed === undefined || vf === undefined || file === undefined
      ? text
      : (showVfFile(placed, vf, file) ?? text);
  };
  return {
    ...replaceReaders(system, { readFile }),
    // What the kernel of this machine says is about other devices. That of a sandbox says nothing: its files change.
    watch: async (purpose) => {
      const watch = await system.watch(purpose);
      const next: Watch["next"] = async (milliseconds) => {
        const changes = await watch.next(milliseconds);
        return changes && { ...changes, messages: [] };
      };
      return { ...watch, hearsKernel: true, next };
    },
    writeFile: (path, text) => {
      const sandbox = path.startsWith(`${root}/sys/`) ? readSandbox(system, root) : undefined;
      if (sandbox === undefined) return system.writeFile(path, text);
      const code = store(sandbox, path, text);
      if (code !== undefined) throw new SystemError(code, "write", path);
    },
  };
}

function findCard(sandbox: Sandbox | undefined, vf: string): PlacedCard | undefined {
  const card = sandbox?.cards?.find(({ functions }) => functions.includes(vf));
  if (sandbox === undefined || card === undefined) return undefined;
  const { system, root } = sandbox;
  return { system, root, card, replaceFile: (path, text) => replaceFile(sandbox, path, text) };
}

interface SimulatedDevice {
  readonly uuid: Uuid;
  readonly parent: SandboxParent;
  readonly type: SandboxType;
}

/** As a driver's store function: answers with the code of an error, or with nothing when it did what was asked. */
function store(sandbox: Sandbox, path: string, text: string): string | undefined {
  const value = text.replace(/\n$/, "");
  const { vf, file: vfFile } = parseVfPath(path) ?? {};
  const placed = vf === undefined ? undefined : findCard(sandbox, vf);
  if (placed !== undefined && vf !== undefined && vfFile !== undefined) {
    const isThere = unless(missing, () => sandbox.system.stat(path)) !== undefined;
    return isThere ? storeVfFile(placed, { vf, file: vfFile, value }) : "ENOENT";
  }
  const type = typeToCreate(sandbox, path);
  if (type !== undefined) return createDevice(sandbox, { ...type, uuid: value.toLowerCase() });

  const [, uuid = "", file] = /\/([0-9a-f-]{36})\/(.+)$/.exec(path) ?? [];
  const device = findDevice(sandbox, uuid);
  if (device !== undefined && file === "remove") return removeDevice(sandbox, device, value);
  const attribute = device?.type.attributes.find(({ name }) => name === file);
  if (attribute !== undefined) return writeAttribute(sandbox, uuid, { ...attribute, value });

  // Nothing else in sysfs can be written, not even by root.
  const there = unless(missing, () => sandbox.system.stat(path));
  if (there === undefined) return "ENOENT";
  return there.kind === "directory" ? "EISDIR" : "EACCES";
}

function typeToCreate({ parents }: Sandbox, path: string): Omit<SimulatedDevice, "uuid"> | undefined {
  const [, parentName, typeName] = /\/([^/]+)\/mdev_supported_types\/([^/]+)\/create$/.exec(path) ?? [];
  const parent = parents.find((candidate) => baseName(candidate.path) === parentName);
  const type = parent?.types.find(({ name }) => name === typeName);
  return parent === undefined || type === undefined ? undefined : { parent, type };
}

function findDevice(sandbox: Sandbox, uuid: string): SimulatedDevice | undefined {
  const target = isUuid(uuid) ? readBusLink(sandbox, uuid) : undefined;
  const parent = sandbox.parents.find(({ path }) => target?.endsWith(`/devices/${path}/${uuid}`));
  if (parent === undefined) return undefined;
  const typeName = baseName(sandbox.system.readLink(`${sandbox.root}/${busLink(uuid)}/mdev_type`));
  const type = parent.types.find(({ name }) => name === typeName);
  return type === undefined ? undefined : { uuid, parent, type };
}

function readBusLink({ system, root }: Sandbox, uuid: Uuid): string | undefined {
  return unless(["ENOENT"], () => system.readLink(`${root}/${busLink(uuid)}`));
}

function createDevice(sandbox: Sandbox, { uuid, parent, type }: SimulatedDevice): string | undefined {
  if (!isUuid(uuid)) return "EINVAL";
  if (readBusLink(sandbox, uuid) !== undefined) return "EEXIST";
  if (freeCapacity(sandbox, parent) < type.size) return "EUSERS";

  makeNode(sandbox, `${parentDirectory(parent.path)}/${uuid}`);
  writeTree(sandbox.system, sandbox.root, {
    [`${devicesOfType(parent, type)}/${uuid}`]: { link: `../../../${uuid}` },
    ...describeDevice({ uuid, parent: parent.path, type: type.name, attributes: type.attributes }),
  });
  countInstances(sandbox, parent);
  return undefined;
}

function removeDevice(sandbox: Sandbox, { uuid, parent, type }: SimulatedDevice, value: string): string | undefined {
  if (!/^\d+$/.test(value)) return "EINVAL";
  if (Number(value) === 0) return undefined;

  const { system, root } = sandbox;
  const device = `${parentDirectory(parent.path)}/${uuid}`;
  system.remove(`${root}/${busLink(uuid)}`);
  system.remove(`${root}/${devicesOfType(parent, type)}/${uuid}`);
  removeNode(sandbox, device);
  removeDirectory(system, `${root}/${device}`);
  countInstances(sandbox, parent);
  return undefined;
}

function removeDirectory(system: System, directory: string): void {
  for (const { name, kind } of system.readDirectory(directory)) {
    const path = `${directory}/${name}`;
    if (kind === "directory") removeDirectory(system, path);
    else system.remove(path);
  }
  system.remove(directory);
}

function countInstances(sandbox: Sandbox, parent: SandboxParent): void {
  for (const { name, instances } of showParent(parent, freeCapacity(sandbox, parent)).types) {
    const path = `${sandbox.root}/${typesDirectory(parent.path)}/${name}/available_instances`;
    replaceFile(sandbox, path, `${instances}\n`);
  }
}

/** As sysfs shows it when so much of its capacity is free. */
function showParent({ path, types }: SandboxParent, free: number): MdevParent {
  const files = { devices: directory };
  return { path, types: types.map((type) => ({ ...type, instances: Math.floor(free / type.size), files })) };
}

/** Where a type has a link for each of its devices. */
function devicesOfType({ path }: SandboxParent, { name }: SandboxType): string {
  return `${typesDirectory(path)}/${name}/devices`;
}

function freeCapacity({ system, root }: Sandbox, parent: SandboxParent): number {
  return parent.types.reduce((free, type) => {
    const devices = system.readDirectory(`${root}/${devicesOfType(parent, type)}`);
    return free - devices.length * type.size;
  }, parent.capacity);
}

function writeAttribute(sandbox: Sandbox, uuid: Uuid, attribute: SandboxAttribute): string | undefined {
  const { name, value, accepts, appends = false } = attribute;
  if (accepts !== undefined && !new RegExp(`^(?:${accepts})$`).test(value)) return "EINVAL";
  const path = `${sandbox.root}/${busLink(uuid)}/${name}`;
  const before = appends ? sandbox.system.readFile(path, sizeLimit) : "";
  replaceFile(sandbox, path, endLine(before + value));
  return undefined;
}

/** Undefined when there is no marker. */
function readSandbox(system: System, root: string): Sandbox | undefined {
  const path = markerPath(root);
  const text = unless(missing, () => system.readFile(path, sizeLimit));
  if (text === undefined) return undefined;
  try {
    const marker = parseJson(text);
    if (isMarker(marker)) return { system, root, ...marker };
    throw new JsonError("it has no parents");
  } catch (error) {
    throw error instanceof JsonError
      ? new UserError(`cannot simulate what ${path} describes: ${error.message}`)
      : error;
  }
}

/** Enough to tell a marker from another file; inside it is as `writeSandbox` made it. */
function isMarker(value: unknown): value is Described {
  return isObject(value) && Array.isArray(value.parents);
}

/** Makes a file or replaces it in one step: a reader never finds it missing. */
function replaceFile({ system, root }: Pick<Sandbox, "system" | "root">, path: string, text: string): void {
  const temporary = `${root}/mdevctl-sandbox.${system.randomBytes(8).join("-")}`;
  system.createFile(temporary, text);
  system.rename(temporary, path);
}
