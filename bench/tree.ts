// Makes directory trees that look like a host with mediated devices: what the kernel shows below /sys, and the definitions
// below /etc/mdevctl.d. Nothing in them is random, so that two runs measure the same work.

import { mkdirSync } from "node:fs";
import { formatConfiguration } from "../src/definition.ts";
import type { Configuration } from "../src/device.ts";
import { describeMachine, type MdevType } from "../src/sandbox/machine.ts";
import { directory, writeTree } from "../src/sandbox/tree.ts";
import { unflushedSystem } from "../src/testing/unflushed.ts";

const system = unflushedSystem();

/** Below sys/devices. */
const bridge = "pci0000:00/0000:00:03.1";

/** As PCI functions are called: 0000:41:00.4. */
export function parentName(index: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return `0000:${hex(0x10 + (index >> 8))}:${hex((index >> 3) & 31)}.${index & 7}`;
}

export const parentOf = (device: number, perParent = 16): string => parentName(Math.floor(device / perParent));

export const typeName = (index: number): string => `nvidia-${222 + index}`;

/** Spread as random UUIDs are, so that sorting them is work. */
export function deviceUuid(index: number): string {
  const spread = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return `${spread.toString(16).padStart(8, "0")}-0d1e-4a5b-8c6d-${index.toString(16).padStart(12, "0")}`;
}

/** No two devices' attributes are the same. */
function configurationOf(index: number): Configuration {
  const attributes = [
    { name: "frame_rate_limiter", value: String(index) },
    { name: "scheduler", value: `fixed_share ${index}` },
  ];
  return { type: typeName(0), start: "manual", attributes };
}

/** The text of a definition. */
export function definition(index: number): string {
  return formatConfiguration(configurationOf(index));
}

function typeAt(index: number): MdevType {
  return {
    name: typeName(index),
    deviceApi: "vfio-pci",
    label: `GRID V100D-${index + 1}Q`,
    description: `num_heads=4, frl_config=60, framebuffer=${1024 * (index + 1)}M`,
    instances: 16,
  };
}

interface Options extends Partial<Configuration> {
  readonly devices?: number;
  readonly perParent?: number;
  readonly parents?: number;
  /** How many every parent has: the same ones. */
  readonly types?: number;
  readonly active?: boolean;
}

/** So many devices, each of them active and defined with two attributes unless said otherwise. */
export function makeTree(root: string, options: Options = {}): void {
  const { devices = 0, perParent = 16, parents, types = 1, active = true, ...configuration } = options;
  const tree = describeMachine({
    parents: repeat(parents ?? Math.ceil(devices / perParent), (index) => ({
      path: `${bridge}/${parentName(index)}`,
      types: repeat(types, typeAt),
    })),
    devices: repeat(active ? devices : 0, (index) => ({
      uuid: deviceUuid(index),
      parent: `${bridge}/${parentOf(index, perParent)}`,
      type: typeName(0),
    })),
    definitions: repeat(devices, (index) => ({
      uuid: deviceUuid(index),
      parent: parentOf(index, perParent),
      ...configurationOf(index),
      ...configuration,
    })),
  });
  mkdirSync(root, { recursive: true });
  writeTree(system, root, {
    ...tree,
    "etc/mdevctl.d/scripts.d/callouts": directory,
    "etc/mdevctl.d/scripts.d/notifiers": directory,
    [`sys/devices/${bridge}`]: directory,
  });
}

/** A file for `mdevctl plan` in the root: what a tree of so many devices has, each by itself or, if they are all alike, by numbers. */
export function writeState(root: string, { devices, areAlike }: { devices: number; areAlike: boolean }): void {
  const perParent = 16;
  const groups = repeat(Math.ceil(devices / perParent), (group) => {
    const first = group * perParent;
    const own = repeat(Math.min(perParent, devices - first), (index) => formatWanted(first + index));
    const wanted = areAlike ? [`{type: ${typeName(0)}, start: manual, count: ${own.length}}`] : own;
    return [`  - parent: ${parentName(group)}`, "    devices:", ...wanted.map((device) => `      - ${device}`)];
  });
  writeTree(system, root, { "state.yaml": `${["version: 1", "groups:", ...groups.flat()].join("\n")}\n` });
}

function formatWanted(index: number): string {
  const { type, start, attributes } = configurationOf(index);
  const attrs = attributes.map(({ name, value }) => `{${name}: ${value}}`).join(", ");
  return `{type: ${type}, uuid: ${deviceUuid(index)}, start: ${start}, attrs: [${attrs}]}`;
}

/** A callout script; those of one directory are asked in the order of their names. */
export function installScript(root: string, name: string, script: string): void {
  writeTree(system, root, { [`usr/lib/mdevctl/scripts.d/callouts/${name}`]: { script } });
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
