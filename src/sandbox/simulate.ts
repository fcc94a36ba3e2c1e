// A simulated kernel: wraps a System so that writing below ROOT/sys does what the mdev drivers of a kernel do. A place to try
// mdevctl without the hardware, and what the tests run on. Only a root with the marker is simulated; see `tree.ts`.
// All state is in the tree. It has no lock as the kernel has: two processes that start devices at once may both get the last
// instance.

import type { System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { isUuid, type Uuid } from "../uuid.ts";
import {
  busLink,
  countInstances,
  freeCapacity,
  lastPart,
  makeDeviceDirectory,
  parentDirectory,
  putFile,
  readSandbox,
  type Sandbox,
  type SandboxAttribute,
  type SandboxParent,
  type SandboxType,
  typeDirectory,
} from "./tree.ts";

/** Costs nothing until something is written below `sys`. The root is without a slash at its end. */
export function simulateKernel(system: System, root: string): System {
  return {
    ...system,
    writeFile: (path, text) => {
      const simulated = path.startsWith(`${root}/sys/`) ? readSandbox(system, root) : undefined;
      if (simulated === undefined) return system.writeFile(path, text);
      const code = store(simulated, path, text);
      if (code !== undefined) throw new SystemError(code, "write", path);
    },
  };
}

interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: SandboxParent;
  readonly type: SandboxType;
}

/** As a driver's store function: answers with the code of an error, or with nothing when it did what was asked. */
function store(sandbox: Sandbox, path: string, text: string): string | undefined {
  const value = text.replace(/\n$/, "");
  const type = typeToCreate(sandbox, path);
  if (type !== undefined) return createDevice(sandbox, { ...type, uuid: value.toLowerCase() });

  const [, uuid = "", file] = /\/([0-9a-f-]{36})\/(.+)$/.exec(path) ?? [];
  const device = findDevice(sandbox, uuid);
  if (device !== undefined && file === "remove") return removeDevice(sandbox, device, value);
  const attribute = device?.type.attributes.find((candidate) => candidate.name === file);
  if (attribute !== undefined)
    return writeAttribute(sandbox, `${busLink(sandbox, uuid)}/${file}`, { attribute, value });

  // Nothing else in sysfs can be written, not even by root.
  const there = unless(missing, () => sandbox.system.stat(path));
  if (there === undefined) return "ENOENT";
  return there.kind === "directory" ? "EISDIR" : "EACCES";
}

function typeToCreate(sandbox: Sandbox, path: string): Omit<ActiveDevice, "uuid"> | undefined {
  const [, parentName, typeName] = /\/([^/]+)\/mdev_supported_types\/([^/]+)\/create$/.exec(path) ?? [];
  const parent = sandbox.parents.find((candidate) => lastPart(candidate.path) === parentName);
  const type = parent?.types.find((candidate) => candidate.name === typeName);
  return parent === undefined || type === undefined ? undefined : { parent, type };
}

function findDevice(sandbox: Sandbox, uuid: string): ActiveDevice | undefined {
  if (!isUuid(uuid)) return undefined;
  const target = targetOfBusLink(sandbox, uuid);
  const parent = sandbox.parents.find(({ path }) => target === `../../../devices/${path}/${uuid}`);
  if (parent === undefined) return undefined;
  const typeName = lastPart(sandbox.system.readLink(`${busLink(sandbox, uuid)}/mdev_type`));
  const type = parent.types.find((candidate) => candidate.name === typeName);
  return type === undefined ? undefined : { uuid, parent, type };
}

function targetOfBusLink(sandbox: Sandbox, uuid: string): string | undefined {
  return unless(["ENOENT"], () => sandbox.system.readLink(busLink(sandbox, uuid)));
}

function createDevice(sandbox: Sandbox, { uuid, parent, type }: ActiveDevice): string | undefined {
  if (!isUuid(uuid)) return "EINVAL";
  if (targetOfBusLink(sandbox, uuid) !== undefined) return "EEXIST";
  if (freeCapacity(sandbox, parent) < type.size) return "EUSERS";

  const { system } = sandbox;
  const directory = `${parentDirectory(sandbox, parent)}/${uuid}`;
  makeDeviceDirectory(sandbox, directory, type.attributes);
  system.makeLink(`../mdev_supported_types/${type.name}`, `${directory}/mdev_type`);
  system.makeLink(`../../../${uuid}`, `${typeDirectory(sandbox, parent, type)}/devices/${uuid}`);
  system.makeLink(`../../../devices/${parent.path}/${uuid}`, busLink(sandbox, uuid));
  countInstances(sandbox, parent);
  return undefined;
}

function removeDevice(sandbox: Sandbox, { uuid, parent, type }: ActiveDevice, value: string): string | undefined {
  if (!/^\d+$/.test(value)) return "EINVAL";
  if (Number(value) === 0) return undefined;

  const { system } = sandbox;
  system.remove(busLink(sandbox, uuid));
  system.remove(`${typeDirectory(sandbox, parent, type)}/devices/${uuid}`);
  removeTree(system, `${parentDirectory(sandbox, parent)}/${uuid}`);
  countInstances(sandbox, parent);
  return undefined;
}

function removeTree(system: System, directory: string): void {
  for (const { name, kind } of system.readDirectory(directory)) {
    const path = `${directory}/${name}`;
    if (kind === "directory") removeTree(system, path);
    else system.remove(path);
  }
  system.remove(directory);
}

interface AttributeWrite {
  readonly attribute: SandboxAttribute;
  readonly value: string;
}

function writeAttribute(sandbox: Sandbox, path: string, { attribute, value }: AttributeWrite): string | undefined {
  if (attribute.accepts !== undefined && !new RegExp(`^(?:${attribute.accepts})$`).test(value)) return "EINVAL";
  const before = attribute.appends === true ? sandbox.system.readFile(path, 1024 * 1024) : "";
  putFile(sandbox, path, before + value);
  return undefined;
}
