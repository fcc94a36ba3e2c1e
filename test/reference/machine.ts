// The machines that the command lines run on: a vocabulary for their trees, short names for the devices, parents
// and types in them, and the standard machine that most tables start from. No marker file, so nothing is
// simulated: `create` and `remove` are plain files, and what a program writes there can be seen.

import { formatConfiguration, parseAttributes } from "../../src/definition.ts";
import type { StartMode } from "../../src/device.ts";
import {
  describeDevice,
  describeMachine,
  describeParent,
  type MdevType,
  parentDirectory,
} from "../../src/sandbox/machine.ts";
import { directory, type Tree } from "../../src/sandbox/tree.ts";

/** In a command line `$A` stands for the first of these, and so on. */
export const names = {
  A: "11111111-1111-4111-8111-111111111111",
  B: "22222222-2222-4222-8222-222222222222",
  C: "33333333-3333-4333-8333-333333333333",
  D: "44444444-4444-4444-8444-444444444444",
  E: "abcdefab-cdef-4abc-8def-abcdefabcdef",
  F: "ffffffff-ffff-4fff-8fff-ffffffffffff",
  P1: "0000:00:02.0",
  P2: "0000:00:03.0",
  T1: "i915-GVTg_V5_4",
  T2: "i915-GVTg_V5_8",
} as const;

export const { A, B, C, D, E, F, P1, P2, T1, T2 } = names;

export interface Configuration {
  readonly type?: string;
  readonly start?: StartMode;
  readonly attrs?: readonly Readonly<Record<string, string>>[];
}

/** The JSON of a definition, as mdevctl writes it. */
export function definition({ type = T1, start = "manual", attrs = [] }: Configuration = {}): string {
  return formatConfiguration({ type, start, attributes: parseAttributes(attrs) });
}

export function addDefinition(parent: string, uuid: string, configuration: Configuration | string = {}): Tree {
  const text = typeof configuration === "string" ? configuration : definition(configuration);
  return { [`etc/mdevctl.d/${parent}/${uuid}`]: text };
}

/** A machine where nothing is installed, defined or active, with the directories that a program needs. */
export const empty = describeMachine({});

export function parent(name: string, ...types: readonly MdevType[]): Tree {
  return describeParent({ path: pathOf(name), types });
}

/** One of a parent's types; `files` adds to the usual ones, or replaces them. */
export function type(name: string, instances: number, files: Tree = {}): MdevType {
  return { name, deviceApi: "vfio-pci", instances, files };
}

const attributes = ["speed", "power/control"].map((name) => ({ name, value: "" }));

export function addActive(parentName: string, typeName: string, uuid: string): Tree {
  return describeDevice({ uuid, parent: pathOf(parentName), type: typeName, attributes });
}

/**
 * A device on the bus that has no type yet, which counts as not active. On a plain tree this is how a start
 * finds the new device's attributes.
 */
export function addWaiting(parentName: string, uuid: string): Tree {
  return describeDevice({ uuid, parent: pathOf(parentName), attributes });
}

const pathOf = (parentName: string): string => `pci0000:00/${parentName}`;

export const deviceDirectory = (parentName: string): string => parentDirectory(pathOf(parentName));

/** Entries without those below the given paths. */
export function without(tree: Tree, ...paths: readonly string[]): Tree {
  const below = (path: string) => paths.some((gone) => path === gone || path.startsWith(`${gone}/`));
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !below(path)));
}

/** Configuration files to name as `$ROOT/input/NAME`. */
export const input: Tree = {
  "input/t1.json": `{"mdev_type":"${T1}","start":"auto","attrs":[{"speed":"3"},{"power/control":"on"}]}`,
  "input/t2.json": `{"mdev_type":"${T2}","start":"manual","attrs":[]}`,
  "input/plain.json": `{"mdev_type":"${T1}","start":"manual"}`,
  "input/broken.json": '{"mdev_type":',
  "input/directory": directory,
};

export const parents: Tree = {
  ...parent(P1, type(T1, 2), type(T2, 1, { name: "GVTg v5\n", description: "low_gm: 64\nhigh_gm: 384\n" })),
  ...parent(P2, type(T1, 0), type(T2, 4)),
};

/**
 * A is active and defined on P1; B is active on P2 and not defined; C is defined on both parents; D on P2 with
 * attributes, and P2 has no free instance of its type. E and F do not exist.
 */
export const standard: Tree = {
  ...empty,
  ...input,
  ...parents,
  ...addActive(P1, T1, A),
  ...addActive(P2, T1, B),
  ...addDefinition(P1, A, { start: "auto" }),
  ...addDefinition(P1, C, { type: T2 }),
  ...addDefinition(P2, C, { type: T1, start: "auto" }),
  ...addDefinition(P2, D, {
    type: T1,
    start: "auto",
    attrs: [{ speed: "1" }, { speed: "22" }, { "power/control": "on" }],
  }),
};
