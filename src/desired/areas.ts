// Which cards and parents of a host the groups of files are about, and what the types that they name are there.

import type { Attribute, StartMode } from "../device.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import { guessSize } from "../kernel/capacity.ts";
import type { Framework, TypeSize } from "../kernel/framework.ts";
import { frameworks } from "../kernel/frameworks.ts";
import { findTypeByName, type NamedType } from "../kernel/type-names.ts";
import type { Observed, ObservedCard, ObservedDevice, ObservedParent } from "../observed.ts";
import { suggestNames } from "../suggest.ts";
import type { Uuid } from "../uuid.ts";
import type { Group, WantedDevice } from "./file.ts";
import { describePlace, positionError } from "./yaml.ts";

/** A card or a parent that a group says everything about. */
export type Area = CardArea | ParentArea;

export interface CardArea extends AnyArea {
  readonly card: ObservedCard;
  /** What devices take, as far as it is known. */
  readonly sizes: ReadonlyMap<string, TypeSize>;
}

export interface ParentArea extends AnyArea {
  readonly card: undefined;
  readonly parent: ObservedParent;
}

interface AnyArea {
  readonly name: string;
  /** Of its parents; undefined while there are none. */
  readonly framework: Framework | undefined;
  readonly group: Group;
  /** The parents that its devices can have: of a card, its virtual functions by their numbers. */
  readonly places: readonly string[];
  readonly wanted: readonly Wanted[];
  /** What drivers call types for people leads to these. */
  readonly typesByName: ReadonlyMap<string, string>;
}

/** A device that an area should have. */
export interface Wanted {
  readonly source: WantedDevice;
  readonly type: string;
  /** Whether the host is known to have this type. */
  readonly isKnown: boolean;
  /** What the type is called for people, where that is known. */
  readonly label: string | undefined;
  readonly uuid: Uuid | undefined;
  /** The virtual function that it has to have; undefined: any place of the area. */
  readonly place: string | undefined;
  readonly start: StartMode;
  readonly active: boolean | undefined;
  readonly attributes: readonly Attribute[];
}

/** Undefined: as it is. */
export function isToBeActive({ start, active }: Pick<Wanted, "start" | "active">): boolean | undefined {
  return active ?? (start === "auto" ? true : undefined);
}

export interface Areas {
  /** In the order of the groups. */
  readonly areas: readonly Area[];
  readonly warnings: readonly string[];
}

/** Throws a UserError about a group that the host cannot have. */
export function findAreas(observed: Observed, groups: readonly Group[]): Areas {
  const warnings: string[] = [];
  const areas: Area[] = [];
  const groupOf = new Map<string, Group>();
  for (const group of groups) {
    const found = findTargets(observed, group);
    if (found.length === 0) warnings.push(`${describePlace(group.at)}: ${describeTarget(group)} is on this host`);
    for (const area of found) {
      const other = groupOf.get(area.name);
      if (other !== undefined) {
        throw positionError(group.at, `${area.name} has a group already, at ${describePlace(other.at)}`);
      }
      groupOf.set(area.name, group);
      areas.push(area);
    }
  }
  ensureSingle(areas);
  return { areas, warnings };
}

function describeTarget({ target }: Group): string {
  switch (target.kind) {
    case "cards":
      return `no card with the PCI id ${target.id}`;
    case "parents":
      return `no parent device of the driver ${target.driver}`;
    default:
      return `no ${target.kind} ${target.name}`;
  }
}

function findTargets({ cards, parents, devices }: Observed, group: Group): Area[] {
  const { target } = group;
  const own = parents.filter(({ card }) => card === undefined);
  switch (target.kind) {
    case "cards":
      return cards.filter(({ pciId }) => pciId === target.id).map((card) => createCardArea(card, devices, group));
    case "parents":
      return own
        .filter(({ driver }) => driver === target.driver)
        .map((parent) => createParentArea(parent, devices, group));
    case "card": {
      const card = cards.find(({ address }) => address === target.name);
      if (card !== undefined) return [createCardArea(card, devices, group)];
      const hint = own.some(({ name }) => name === target.name)
        ? `It is a parent device: parent: ${target.name}`
        : suggestNames(
            target.name,
            cards.map(({ address }) => address),
          );
      throw hostError(
        group,
        `there is no card ${target.name}`,
        hint ??
          describeNames(
            "cards",
            cards.map(({ address }) => address),
          ),
      );
    }
    case "parent": {
      const parent = own.find(({ name }) => name === target.name);
      if (parent !== undefined) return [createParentArea(parent, devices, group)];
      const card = cards.find(({ address, places }) => address === target.name || places.includes(target.name));
      if (card !== undefined) {
        const number = card.places.indexOf(target.name);
        const place = number < 0 ? "" : `; the device's function is vf: ${number}`;
        throw hostError(
          group,
          `${target.name} is ${number < 0 ? "a card" : `a part of the card ${card.address}`}`,
          `Name the card: card: ${card.address}${place}`,
        );
      }
      const names = own.map(({ name }) => name);
      throw hostError(
        group,
        `there is no parent device ${target.name}`,
        suggestNames(target.name, names) ?? describeNames("parent devices", names),
      );
    }
  }
}

function describeNames(what: string, names: readonly string[]): string {
  return names.length === 0 ? `This host has no ${what}.` : `The ${what} of this host are ${joinNames(names)}.`;
}

/** What a file says is right, but not on this host: exit status 1. */
export function hostError({ at }: Pick<Group, "at">, problem: string, hint?: string): UserError {
  return new UserError(`${describePlace(at)}: ${problem}`, hint);
}

function createCardArea(card: ObservedCard, devices: readonly ObservedDevice[], group: Group): CardArea {
  const { address: name, places } = card;
  // The definitions of its devices keep names that a full card does not tell.
  const defined = devices.flatMap(({ parent, definition }) =>
    definition?.typeName === undefined || !places.includes(parent)
      ? []
      : [{ type: definition.type, name: definition.typeName }],
  );
  const types = [...card.types, ...defined];
  const sizes = new Map(
    defined.flatMap(({ type, name: label }) => {
      const size = guessSize({ name: type, label, description: "" });
      return size === undefined ? [] : [[type, size] as const];
    }),
  );
  for (const { type, size } of card.types) if (size !== undefined) sizes.set(type, size);
  // Without types, the driver has not made its files yet.
  const isFree = card.types.length > 0 && card.types.every(({ active }) => active === 0);
  const offer = { name, types, defined: typesDefinedAt(devices, places), isComplete: card.sizes.length > 0 || isFree };
  const wanted = group.devices.map((source) => {
    const place = source.vf === undefined ? undefined : places[source.vf];
    if (source.vf !== undefined && place === undefined) {
      const most = `${name} can have ${card.functionLimit}, numbered from 0`;
      throw hostError(source, `there is no virtual function ${source.vf}: ${most}`);
    }
    return resolve(source, offer, place);
  });
  const framework = frameworkNamed(card.framework);
  ensureAttributes(framework, wanted);
  return { name, framework, group, card, places, wanted, sizes, typesByName: mapNames(card.types) };
}

function createParentArea(parent: ObservedParent, devices: readonly ObservedDevice[], group: Group): ParentArea {
  const { name } = parent;
  const types = parent.types.map((type) => ({ type: type.name, name: type.label }));
  const offer = { name, types, defined: typesDefinedAt(devices, [name]), isComplete: true };
  const wanted = group.devices.map((source) => resolve(source, offer, undefined));
  const framework = frameworkNamed(parent.framework);
  return { name, framework, group, card: undefined, parent, places: [name], wanted, typesByName: mapNames(types) };
}

function frameworkNamed(name: Framework["name"] | undefined): Framework | undefined {
  return frameworks.find((framework) => framework.name === name);
}

function ensureAttributes(framework: Framework | undefined, wanted: readonly Wanted[]): void {
  const known = framework?.attributeNames;
  if (known === undefined) return;
  for (const { source, attributes } of wanted) {
    const unknown = attributes.find(({ name }) => !known.includes(name));
    if (unknown === undefined) continue;
    const hint = suggestNames(unknown.name, known) ?? `They have ${joinNames(known)}.`;
    throw hostError(source, `such devices have no attribute '${unknown.name}'`, hint);
  }
}

function mapNames(types: readonly NamedType[]): Map<string, string> {
  return new Map(types.filter(({ name }) => name !== "").map(({ name, type }) => [name, type]));
}

/** What a card or a parent has. */
interface Offer {
  readonly name: string;
  readonly types: readonly NamedType[];
  /** Those of its definitions, of which a driver's update may have taken some away. */
  readonly defined: readonly string[];
  /** Whether it can have no other types. */
  readonly isComplete: boolean;
}

function typesDefinedAt(devices: readonly ObservedDevice[], places: readonly string[]): string[] {
  return devices.flatMap(({ parent, definition }) => (places.includes(parent) ? (definition?.type ?? []) : []));
}

function resolve(source: WantedDevice, offer: Offer, place: string | undefined): Wanted {
  const { uuid, start, active, attributes } = source;
  const found = findType(source, offer);
  const isKnown = found !== undefined;
  return {
    ...{ source, type: found?.type ?? source.type, label: found?.name || undefined, isKnown },
    ...{ uuid, place, start, active, attributes },
  };
}

/** On a card that is full and tells no sizes, or that has no virtual functions, a type may be there that nothing tells. */
function findType(source: WantedDevice, { types, defined, isComplete, name }: Offer): NamedType | undefined {
  const { type: text } = source;
  const isNumber = /^\d+$/.test(text);
  const known = types.find(({ type }) => type === text || (isNumber && type.endsWith(`-${text}`)));
  const found = known ?? findTypeByName(types, text, describePlace(source.at));
  if (found !== undefined || !isComplete || defined.includes(text)) return found;
  const names = [...new Set(types.flatMap((each) => (each.name === "" ? [each.type] : [each.type, each.name])))];
  const labels = [...new Set(types.map((each) => (each.name === "" ? each.type : `${each.type} (${each.name})`)))];
  const hint = suggestNames(text, names) ?? `Its types are ${joinNames(labels)}.`;
  throw hostError(source, `${name} has no type '${text}'`, labels.length === 0 ? undefined : hint);
}

/** A UUID is one device's, on the whole host. */
function ensureSingle(areas: readonly Area[]): void {
  const known = new Map<Uuid, Wanted>();
  for (const wanted of areas.flatMap((area) => area.wanted)) {
    if (wanted.uuid === undefined) continue;
    const other = known.get(wanted.uuid);
    if (other !== undefined) {
      const where =
        other.source === wanted.source ? "and its group is for several" : `and at ${describePlace(other.source.at)}`;
      throw hostError(wanted.source, `${wanted.uuid} is here ${where}`);
    }
    known.set(wanted.uuid, wanted);
  }
}
