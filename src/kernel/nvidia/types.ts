// The VFs that are parents, and the types that each can have now. The driver lists what is possible at this moment: on a VF that is a
// vGPU nothing, and on a card that has one only types of its size, as long as there is room.

import type { Device } from "../../device.ts";
import { joinNames } from "../../english.ts";
import { UserError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { readOrWarn } from "../../log.ts";
import { readDefinitions } from "../../store.ts";
import { suggestNames } from "../../suggest.ts";
import { missing, unless } from "../../system-error.ts";
import { fullCardError } from "../failures.ts";
import type { Parent, Type } from "../framework.ts";
import { isOnMdevBus } from "../mdev/active.ts";
import { driverOf } from "../pci.ts";
import { findTypeByName, type NamedType } from "../type-names.ts";
import { driverDirectory, findFunctions, findVf, functionsOf, isPciAddress, sysfsLimit, typeOf } from "./active.ts";
import { cardOf } from "./card.ts";

const typesFile = "nvidia/creatable_vgpu_types";

/** See `findParents` of a framework. */
export function* findVfParents(host: Host, only?: string): Generator<Parent> {
  if (only !== undefined && !isPciAddress(only)) return;
  for (const name of vfNames(host)) {
    const card = cardOf(host, name);
    if (card === undefined || (only !== undefined && only !== name && only !== card)) continue;
    const types = readOrWarn(host, () => readTypes(host, name));
    if (types !== undefined) yield { name, card, types: types.map(describeType) };
  }
}

/** Those that have the driver's files, sorted. */
export function vfNames(host: Host): string[] {
  return findFunctions(host)
    .filter((name) => hasFiles(host, name))
    .sort();
}

function hasFiles(host: Host, name: string): boolean {
  return unless(missing, () => host.system.stat(`${driverDirectory(host)}/${name}/${typesFile}`)) !== undefined;
}

/** A VF of a card that the driver has, even if its files are late. With an older driver such a VF is on the mdev bus. */
export function isVfParent(host: Host, name: string): boolean {
  const card = isPciAddress(name) ? cardOf(host, name) : undefined;
  if (card === undefined || driverOf(host, card) !== "nvidia") return false;
  return !isOnMdevBus(host, name);
}

/** Only the driver makes files, and late; a VF that is bound to another driver will not get any. */
export function isVfReady(host: Host, name: string): boolean {
  return hasFiles(host, name) || ![undefined, "nvidia"].includes(driverOf(host, name));
}

/** Sorted by type. Throws a SystemError. */
export function readTypes(host: Host, name: string): NamedType[] {
  const text = host.system.readFile(`${driverDirectory(host)}/${name}/${typesFile}`, sysfsLimit);
  return parseTypes(text).sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Lines such as `1145  : NVIDIA L40S-1B` below a header. Drivers that put the name first are said to exist. */
export function parseTypes(text: string): NamedType[] {
  return text.split("\n").flatMap((line) => {
    const [, number, name] = /^\s*(\d+)\s*:\s*(\S.*)$/.exec(line) ?? [];
    if (number !== undefined && name !== undefined) return [{ type: typeOf(number), name: name.trim() }];
    const [, first, last] = /^\s*(\S.*?)[\s:]+(\d+)\s*$/.exec(line) ?? [];
    return first === undefined || last === undefined ? [] : [{ type: typeOf(last), name: first }];
  });
}

function describeType({ type, name }: NamedType): Type {
  return { name: type, availableInstances: 1, deviceApi: "vfio-pci", label: name, description: "" };
}

/** See `hasType` of a framework. On a card that has vGPUs nobody can tell which types there are besides those possible now. */
export function isVfType(host: Host, parent: string, type: string): boolean {
  if (!isVfParent(host, parent)) return false;
  const siblings = siblingsOf(host, parent);
  return areActive(host, siblings)
    ? /^nvidia-\d+$/.test(type)
    : findCreatable(host, siblings).some((each) => each.type === type);
}

function areActive(host: Host, names: readonly string[]): boolean {
  return names.some((name) => findVf(host, name)?.type !== undefined);
}

/** The VFs of a card, or of the card of a VF, with this VF first. */
function siblingsOf(host: Host, parent: string): string[] {
  const card = cardOf(host, parent);
  if (card === undefined) return functionsOf(host, parent);
  return [parent, ...functionsOf(host, card).filter((name) => name !== parent)];
}

/** What one of these VFs can have now. */
function findCreatable(host: Host, names: readonly string[]): NamedType[] {
  return names.flatMap((name) => unless([...missing, "ENODEV"], () => readTypes(host, name)) ?? []);
}

/** The types of these VFs whose names the driver tells now, or that definitions keep. */
function findKnown(host: Host, names: readonly string[]): NamedType[] {
  return [...findCreatable(host, names), ...findDefined(host, names)];
}

/** What the driver calls a type of the VF for people, if that is known. */
export function findTypeName(host: Host, parent: string, type: string): string | undefined {
  return findKnown(host, siblingsOf(host, parent)).find((each) => each.type === type)?.name;
}

/** See `resolveType` of a framework. */
export function resolveVfType(
  host: Host,
  { parent, type: text }: Pick<Device, "parent" | "type">,
  failure: string,
): Pick<Device, "type" | "typeName"> {
  const siblings = siblingsOf(host, parent);
  const known = findKnown(host, siblings);
  const number = /^(?:nvidia-)?(\d+)$/.exec(text)?.[1];
  if (number !== undefined) {
    const type = typeOf(number);
    return { type, typeName: known.find((each) => each.type === type)?.name };
  }
  const found = findTypeByName(known, text, failure);
  if (found !== undefined) return { type: found.type, typeName: found.name };
  throw unknownTypeError(host, { parent, type: text, siblings, known }, failure);
}

function unknownTypeError(
  host: Host,
  {
    parent,
    type,
    siblings,
    known,
  }: Pick<Device, "parent" | "type"> & { siblings: readonly string[]; known: readonly NamedType[] },
  failure: string,
): UserError {
  const names = [...new Set(known.map(({ name }) => name))];
  const near = suggestNames(type, names);
  const isActive = areActive(host, siblings);
  if (isActive && names.length === 0) return fullCardError(host, cardOf(host, parent) ?? parent, failure);
  if (isActive && near === undefined) {
    return new UserError(
      `${failure}: ${parent} does not offer '${type}' now`,
      `What it offers depends on the vGPUs of its card, which 'mdevctl list' shows; now it is ${joinNames(names)}.`,
    );
  }
  const hint =
    names.length === 0 ? "A type can be given by its number, as in nvidia-1155." : `Its types are ${joinNames(names)}.`;
  return new UserError(`${failure}: ${parent} has no type '${type}'`, near ?? hint);
}

/** The names that definitions keep tell types on a card that has no room for them. */
function findDefined(host: Host, parents: readonly string[]): NamedType[] {
  return parents.flatMap((parent) => {
    const defined = readOrWarn(host, () => [...readDefinitions(host, { parent })]) ?? [];
    return defined.flatMap(({ type, typeName }) => (typeName === undefined ? [] : [{ type, name: typeName }]));
  });
}
