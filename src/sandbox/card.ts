// A card with virtual functions (VFs) as NVIDIA's driver shows it on kernels without its mdev bus: the part of sysfs that there is
// of it, and what the driver does when something is written there. All state is the numbers of the types that VFs have; everything
// else follows from them.

import { baseName, directoryName } from "../paths.ts";
import { findOpenFiles } from "../processes.ts";
import type { System } from "../system.ts";
import { missing, SystemError, unless } from "../system-error.ts";
import { endLine } from "./machine.ts";
import type { CardType, SandboxCard } from "./parents.ts";
import { directory, type Tree } from "./tree.ts";

const drivers = "sys/bus/pci/drivers/nvidia";
const functions = "sys/bus/pci/devices";

/** The card and its VFs, none of which has a type, or those of the given numbers by their addresses. */
export function describeCard(card: SandboxCard, types: Readonly<Record<string, number>> = {}): Tree {
  const { path, model } = card;
  const address = baseName(path);
  const tree = {
    [`proc/driver/nvidia/gpus/${address}/information`]: `Model: \t\t ${model}\nBus Location: \t ${address}\n`,
    [modeFile(address)]: formatMode(card),
    [`sys/devices/${path}/vendor`]: "0x10de\n",
    [`sys/devices/${path}/device`]: "0x26b9\n",
    [`sys/devices/${path}/class`]: "0x030200\n",
    [`sys/devices/${path}/sriov_totalvfs`]: `${card.functions.length}\n`,
    [`sys/devices/${path}/sriov_offset`]: `${numberOf(card.functions[0] ?? address) - numberOf(address)}\n`,
    [`sys/devices/${path}/sriov_stride`]: "1\n",
    [`sys/devices/${path}/sriov_numvfs`]: `${card.functions.length}\n`,
    [`sys/devices/${path}/driver`]: { link: driverLink(path) },
    [`${functions}/${address}`]: { link: `../../../devices/${path}` },
    [`${drivers}/${address}`]: { link: `../../../../devices/${path}` },
  };
  const current = (vf: string): number => types[vf] ?? 0;
  return Object.assign(
    tree,
    ...card.functions.map((vf, index) => ({
      [`sys/devices/${path}/virtfn${index}`]: { link: `../${vf}` },
      ...describeFunction(card, vf, index),
      ...describeFiles(card, vf, current),
    })),
  );
}

/** Says whether vGPUs of different sizes are possible: 0 or 1. Only the nvidia-smi of sandboxes knows it. */
export function modeFile(address: string): string {
  return `proc/driver/nvidia/gpus/${address}/heterogeneous_mode`;
}

function formatMode({ mixedSizes = false }: SandboxCard): string {
  return mixedSizes ? "1\n" : "0\n";
}

/** Of a function on its bus. */
function numberOf(address: string): number {
  const [, device = "0", number = "0"] = /:([0-9a-f]{2})\.([0-7])$/.exec(address) ?? [];
  return Number.parseInt(device, 16) * 8 + Number(number);
}

function describeFunction({ path }: SandboxCard, vf: string, index: number): Tree {
  const place = `${directoryName(path)}/${vf}`;
  const group = groupOf(path, index);
  return {
    [`sys/devices/${place}/vendor`]: "0x10de\n",
    [`sys/devices/${place}/device`]: "0x26b9\n",
    [`sys/devices/${place}/physfn`]: { link: `../${baseName(path)}` },
    [`sys/devices/${place}/driver`]: { link: driverLink(place) },
    [`sys/kernel/iommu_groups/${group}`]: directory,
    [`sys/devices/${place}/iommu_group`]: { link: `${upFrom(place)}kernel/iommu_groups/${group}` },
    [`sys/devices/${place}/vfio-dev/vfio${group}`]: directory,
    [`dev/vfio/${group}`]: "",
    [`dev/vfio/devices/vfio${group}`]: "",
    [`${functions}/${vf}`]: { link: `../../../devices/${place}` },
    [`${drivers}/${vf}`]: { link: `../../../../devices/${place}` },
  };
}

/** The bus and the function's place on it make a number that no other has. */
function groupOf(path: string, index: number): number {
  return Number.parseInt(baseName(path).split(":")[1] ?? "0", 16) + index + 1;
}

/** From a directory in `sys/devices` to `sys/`. */
function upFrom(place: string): string {
  return "../".repeat(place.split("/").length + 1);
}

function driverLink(place: string): string {
  return `${upFrom(place)}bus/pci/drivers/nvidia`;
}

function filesOf({ path }: SandboxCard, vf: string): string {
  return `sys/devices/${directoryName(path)}/${vf}/nvidia`;
}

function describeFiles(
  card: SandboxCard,
  vf: string,
  current: (vf: string) => number,
): Readonly<Record<string, string>> {
  const files = filesOf(card, vf);
  const isNone = current(vf) === 0;
  return {
    [`${files}/creatable_vgpu_types`]: formatTypes(findCreatable(card, vf, current)),
    [`${files}/current_vgpu_type`]: `${current(vf)}\n`,
    [`${files}/gpu_instance_id`]: isNone ? "" : "0\n",
    [`${files}/placement_id`]: isNone ? "" : "0\n",
    [`${files}/vgpu_params`]: "",
    [`${files}/warm_update`]: "0\n",
  };
}

function formatTypes(types: readonly CardType[]): string {
  return ["ID    : vGPU Name", ...types.map(({ id, name }) => `${String(id).padEnd(6)}: ${name}`)]
    .join("\n")
    .concat("\n");
}

function findCreatable(card: SandboxCard, vf: string, current: (vf: string) => number): CardType[] {
  if (current(vf) !== 0) return [];
  const active = card.functions.flatMap((other) => card.types.filter(({ id }) => id === current(other)));
  const free = active.reduce((room, { memory }) => room - memory, card.memory);
  const size = card.mixedSizes === true ? undefined : active[0]?.memory;
  return card.types.filter(({ memory }) => memory <= free && (size === undefined || memory === size));
}

/** A card in a sandbox, reached through a System that simulates nothing. */
export interface PlacedCard {
  readonly system: System;
  readonly root: string;
  readonly card: SandboxCard;
  /** Makes a file or replaces it in one step. */
  readonly replaceFile: (path: string, text: string) => void;
}

/** The address of the VF and the name of the file that a path leads to. */
export function parseVfPath(path: string): { readonly vf: string; readonly file: string } | undefined {
  const [, vf, file] = /\/([0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])\/nvidia\/([^/]+)$/.exec(path) ?? [];
  return vf === undefined || file === undefined ? undefined : { vf, file };
}

/** As a driver's show function: what is not as it stands in the file. */
export function showVfFile(placed: PlacedCard, vf: string, file: string): string | undefined {
  const current = (other: string) => readType(placed, other);
  if (file === "creatable_vgpu_types") return formatTypes(findCreatable(readMode(placed), vf, current));
  if (["gpu_instance_id", "placement_id"].includes(file) && current(vf) === 0) {
    throw new SystemError("ENXIO", "read", `${placed.root}/${filesOf(placed.card, vf)}/${file}`);
  }
  return undefined;
}

/** As a driver's store function: answers with the code of an error, or with nothing when it did what was asked. */
export function storeVfFile(placed: PlacedCard, { vf, file, value }: VfWrite): string | undefined {
  const { card, root } = placed;
  const path = `${root}/${filesOf(card, vf)}/${file}`;
  if (file === "current_vgpu_type") return storeType(placed, vf, value);
  const isNone = readType(placed, vf) === 0;
  switch (file) {
    case "vgpu_params":
      if (value.trim() !== "" && !/^[a-z0-9_]+=[^,=\s]+(,[a-z0-9_]+=[^,=\s]+)*$/i.test(value)) return "EINVAL";
      placed.replaceFile(path, endLine(value.trim()));
      return undefined;
    case "placement_id":
    case "gpu_instance_id":
      if (isNone) return "ENXIO";
      if (!/^\d+$/.test(value)) return "EINVAL";
      placed.replaceFile(path, `${value}\n`);
      return undefined;
    default:
      return "EACCES";
  }
}

interface VfWrite {
  readonly vf: string;
  readonly file: string;
  readonly value: string;
}

function storeType(placed: PlacedCard, vf: string, value: string): string | undefined {
  const { root, system } = placed;
  if (!/^\d+$/.test(value)) return "EINVAL";
  const current = (other: string) => readType(placed, other);
  const card = readMode(placed);
  const id = Number(value);
  if (id !== 0 && !findCreatable(card, vf, current).some((type) => type.id === id)) return "EIO";
  if (id === 0 && isOpen(placed, vf)) return "EPERM";
  placed.replaceFile(`${root}/${filesOf(card, vf)}/current_vgpu_type`, `${id}\n`);
  for (const other of card.functions) {
    if (unless(missing, () => system.stat(`${root}/${filesOf(card, other)}`)) === undefined) continue;
    for (const [path, text] of Object.entries(describeFiles(card, other, current))) {
      // What a vGPU has been given goes with it.
      const isChanged = other === vf || path.endsWith("/creatable_vgpu_types");
      if (isChanged) placed.replaceFile(`${root}/${path}`, text);
    }
  }
  return undefined;
}

/** As it is now. Older sandboxes have no file for that. */
function readMode({ system, root, card }: PlacedCard): SandboxCard {
  const text = unless(missing, () => system.readFile(`${root}/${modeFile(baseName(card.path))}`, 64));
  return text === undefined ? card : { ...card, mixedSizes: text.trim() === "1" };
}

function readType({ system, root, card }: PlacedCard, vf: string): number {
  try {
    return Number(system.readFile(`${root}/${filesOf(card, vf)}/current_vgpu_type`, 64));
  } catch (error) {
    // The driver has not made its files yet.
    if (error instanceof SystemError) return 0;
    throw error;
  }
}

function isOpen({ system, root, card }: PlacedCard, vf: string): boolean {
  const group = groupOf(card.path, card.functions.indexOf(vf));
  const nodes = [`${root}/dev/vfio/${group}`, `${root}/dev/vfio/devices/vfio${group}`];
  return [...findOpenFiles(system, nodes).found.values()].some((files) => files.length > 0);
}
