// What a machine has of mediated devices, as plain data, and how that looks as a tree: the part of sysfs that mdevctl works
// with, as in the kernel's Documentation/driver-api/vfio-mediated-device.rst, and mdevctl's own directories. Sandboxes, the
// machines of tests and the benchmark's trees are all made from it.

import { formatConfiguration } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { baseName } from "../paths.ts";
import { directory, type Entry, type Tree } from "./tree.ts";

export interface Machine {
  readonly parents?: readonly MdevParent[];
  /** Those that the kernel has. */
  readonly devices?: readonly MdevDevice[];
  readonly definitions?: readonly Device[];
}

/** A parent on the mdev bus. */
export interface MdevParent {
  /** Where it is below `sys/devices`; the last part is its name. */
  readonly path: string;
  readonly types: readonly MdevType[];
}

export interface MdevType {
  readonly name: string;
  readonly deviceApi: string;
  readonly label?: string;
  readonly description?: string;
  /** How many more devices there can be. */
  readonly instances: number;
  /** What else is in its directory, or is there instead. */
  readonly files?: Tree;
}

export interface MdevDevice {
  readonly uuid: string;
  /** The parent's path. */
  readonly parent: string;
  /** A device without a type is on its way in or out. */
  readonly type?: string;
  /** What the files hold, by names that may have several parts: `power/control`. */
  readonly attributes?: readonly Attribute[];
}

export function describeMachine({ parents = [], devices = [], definitions = [] }: Machine): Tree {
  const trees = [
    {
      "etc/mdevctl.d": directory,
      "usr/lib/mdevctl/scripts.d/callouts": directory,
      "usr/lib/mdevctl/scripts.d/notifiers": directory,
      "sys/bus/mdev/devices": directory,
      "sys/class/mdev_bus": directory,
    },
    ...parents.map(describeParent),
    ...devices.map(describeDevice),
    ...definitions.map((device) => ({
      [`etc/mdevctl.d/${device.parent}/${device.uuid}`]: formatConfiguration(device),
    })),
  ];
  return Object.fromEntries(trees.flatMap((tree) => Object.entries(tree)));
}

export function describeParent({ path, types }: MdevParent): Tree {
  const tree: Record<string, Entry> = { [typesDirectory(path)]: directory };
  for (const { name, deviceApi, label, description, instances, files } of types) {
    const usual: Tree = {
      available_instances: `${instances}\n`,
      create: "",
      device_api: `${deviceApi}\n`,
      ...(label !== undefined && { name: `${label}\n` }),
      ...(description !== undefined && { description: `${description}\n` }),
    };
    for (const [file, entry] of Object.entries({ ...usual, ...files })) {
      tree[`${typesDirectory(path)}/${name}/${file}`] = entry;
    }
  }
  tree[`sys/class/mdev_bus/${baseName(path)}`] = { link: `../../devices/${path}` };
  return tree;
}

export function describeDevice({ uuid, parent, type, attributes = [] }: MdevDevice): Tree {
  const device = `${parentDirectory(parent)}/${uuid}`;
  return {
    [`${device}/remove`]: "",
    ...Object.fromEntries(attributes.map(({ name, value }) => [`${device}/${name}`, endLine(value)])),
    ...(type !== undefined && { [`${device}/mdev_type`]: { link: `../mdev_supported_types/${type}` } }),
    // Last: what is on the bus is complete.
    [busLink(uuid)]: { link: `../../../devices/${parent}/${uuid}` },
  };
}

/** Files of sysfs that are not empty end with a newline. */
export function endLine(text: string): string {
  return text === "" ? "" : `${text}\n`;
}

export function parentDirectory(path: string): string {
  return `sys/devices/${path}`;
}

export function typesDirectory(path: string): string {
  return `${parentDirectory(path)}/mdev_supported_types`;
}

export function busLink(uuid: string): string {
  return `sys/bus/mdev/devices/${uuid}`;
}
