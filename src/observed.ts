// Everything about a host, read once, as plain data: what `status` shows and `doctor` judges. Reading goes on where a part cannot be
// read; why not is a part of the result.

import type { Configuration, Device } from "./device.ts";
import { UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { type Capacity, findCapacity } from "./kernel/capacity.ts";
import type { ActiveDevice, Card, Framework, Parent } from "./kernel/framework.ts";
import { frameworks } from "./kernel/frameworks.ts";
import { findUsages, type Usage } from "./kernel/users.ts";
import { readOrWarn } from "./log.ts";
import { definitionPath, findDefinitions, readIfStillThere } from "./store.ts";
import { SystemError } from "./system-error.ts";
import type { Uuid } from "./uuid.ts";

type FrameworkName = Framework["name"];

export interface Observed {
  /** Sorted by address. */
  readonly cards: readonly ObservedCard[];
  /** Sorted by name. */
  readonly parents: readonly ObservedParent[];
  /** Sorted by parent and UUID. A device that is active under one parent and defined under another is here twice. */
  readonly devices: readonly ObservedDevice[];
  readonly brokenDefinitions: readonly BrokenDefinition[];
  /** What could not be read: messages. */
  readonly unread: readonly string[];
}

export interface ObservedCard extends Card, Capacity {
  /** Of its parents; undefined while it has none. */
  readonly framework: FrameworkName | undefined;
}

export interface ObservedParent extends Parent {
  readonly framework: FrameworkName;
}

export interface ObservedDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly card: string | undefined;
  /** Undefined where there is no such parent. */
  readonly framework: FrameworkName | undefined;
  /** As it is; undefined if it is not active. */
  readonly active: ActiveDevice | undefined;
  /** As it is defined; undefined if it is not, or if its definition is broken. */
  readonly definition: Configuration | undefined;
  /** What the driver calls its type for people. */
  readonly typeName: string | undefined;
  /** Unused if it is not active. */
  readonly usage: Usage;
}

export interface BrokenDefinition {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly path: string;
  /** Names the file and what is wrong with it. */
  readonly message: string;
}

export async function observe(host: Host): Promise<Observed> {
  const unread: string[] = [];
  const observer = { ...host, log: { ...host.log, warn: (message: string) => void unread.push(message) } };
  const parents = findParents(observer);
  const active = findActive(observer);
  const usages = findAllUsages(observer, active);
  const { definitions, broken } = readDefinitions(observer);
  const cards = await findCards(observer, parents, active);
  const places = createPlaces(cards, parents);
  const devices = mergeDevices(active, definitions).map(({ active, definition }): ObservedDevice => {
    const { uuid, parent } = active === undefined ? definition : active.device;
    const { card, framework, typeNames } = places(parent);
    const type = active?.device.type ?? definition?.type ?? "";
    return {
      uuid,
      parent,
      card,
      framework: active?.framework ?? framework,
      active: active?.device,
      definition,
      typeName: typeNames.get(type) ?? (definition?.type === type ? definition.typeName : undefined),
      usage: (active && usages.get(active)) ?? unused,
    };
  });
  return { cards, parents, devices, brokenDefinitions: broken, unread };
}

const unused: Usage = { kind: "unused" };

/** Of the devices of all frameworks, sorted by parent and UUID. */
interface Active {
  readonly framework: FrameworkName;
  readonly device: ActiveDevice;
}

function findActive(host: Host): Active[] {
  const devices = frameworks.flatMap((framework) =>
    framework.findActive(host, {}).map((device) => ({ framework: framework.name, device })),
  );
  return devices.sort((a, b) => comparePlaces(a.device, b.device));
}

function comparePlaces(a: Place, b: Place): number {
  if (a.parent !== b.parent) return a.parent < b.parent ? -1 : 1;
  return a.uuid < b.uuid ? -1 : a.uuid > b.uuid ? 1 : 0;
}

type Place = Pick<Device, "uuid" | "parent">;

function findParents(host: Host): ObservedParent[] {
  const parents = frameworks.flatMap((framework) =>
    Array.from(framework.findParents(host), (parent) => {
      const card = parent.card ?? readOrWarn(host, () => framework.cardOf(host, parent.name));
      // A function that takes several devices by itself shares nothing with others.
      const isPart = card !== undefined && parent.types.every(({ availableInstances }) => availableInstances <= 1);
      const { name, types } = parent;
      return { name, types, framework: framework.name, ...(isPart && { card }) };
    }),
  );
  return parents.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function findAllUsages(host: Host, active: readonly Active[]): ReadonlyMap<Active, Usage> {
  const byName = new Map(frameworks.map((framework) => [framework.name, framework]));
  const usages = findUsages(host, active, ({ framework, device }) => byName.get(framework)?.nodes(host, device) ?? []);
  return new Map(
    active.flatMap((device, index) => {
      const usage = usages[index];
      return usage === undefined || usage.kind === "unused" ? [] : [[device, usage]];
    }),
  );
}

function readDefinitions(host: Host): { definitions: Device[]; broken: BrokenDefinition[] } {
  const definitions: Device[] = [];
  const broken: BrokenDefinition[] = [];
  for (const file of findDefinitions(host, {})) {
    try {
      const device = readIfStillThere(host, file);
      if (device !== undefined) definitions.push(device);
    } catch (error) {
      if (!(error instanceof SystemError || error instanceof UserError)) throw error;
      const { uuid, parent } = file;
      broken.push({ uuid, parent, path: definitionPath(host, parent, uuid), message: error.message });
    }
  }
  return { definitions, broken };
}

/** Those that drivers tell of, and those that parents are parts of. */
async function findCards(
  host: Host,
  parents: readonly ObservedParent[],
  active: readonly Active[],
): Promise<ObservedCard[]> {
  const cards = new Map<string, Card>();
  for (const framework of frameworks) {
    for (const card of await framework.findCards(host)) cards.set(card.address, card);
  }
  for (const [address, functions] of groupBy(parents, ({ card }) => card)) {
    if (address === undefined || cards.has(address)) continue;
    const names = functions.map(({ name }) => name);
    cards.set(address, { address, model: undefined, functions: names, functionLimit: names.length, sizes: [] });
  }
  const sorted = [...cards.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
  return sorted.map((card): ObservedCard => {
    const own = parents.filter(({ name }) => card.functions.includes(name));
    const devices = active.map(({ device }) => device).filter(({ parent }) => card.functions.includes(parent));
    const capacity = findCapacity({ parents: own, active: devices, sizes: card.sizes });
    return { ...card, ...capacity, framework: own[0]?.framework };
  });
}

function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

interface PlaceInfo {
  readonly card: string | undefined;
  readonly framework: FrameworkName | undefined;
  /** What types are called there. */
  readonly typeNames: ReadonlyMap<string, string>;
}

/** Makes the function that tells where a parent is, which may be one that is not there. */
function createPlaces(
  cards: readonly ObservedCard[],
  parents: readonly ObservedParent[],
): (parent: string) => PlaceInfo {
  const places = new Map<string, PlaceInfo>();
  for (const { name, framework, types } of parents) {
    const named = types.flatMap((type): [string, string][] => (type.label === "" ? [] : [[type.name, type.label]]));
    places.set(name, { card: undefined, framework, typeNames: new Map(named) });
  }
  for (const { address, framework, functions, types } of cards) {
    const typeNames = new Map(types.filter(({ name }) => name !== "").map(({ type, name }) => [type, name]));
    for (const name of functions) places.set(name, { card: address, framework, typeNames });
  }
  const nowhere: PlaceInfo = { card: undefined, framework: undefined, typeNames: new Map() };
  return (parent) => places.get(parent) ?? nowhere;
}

type Merged = { active: Active; definition: Device | undefined } | { active: undefined; definition: Device };

/** Both are sorted by parent and UUID. */
function mergeDevices(active: readonly Active[], definitions: readonly Device[]): Merged[] {
  const merged: Merged[] = [];
  let at = 0;
  for (const each of active) {
    let definition = definitions[at];
    while (definition !== undefined && comparePlaces(definition, each.device) < 0) {
      merged.push({ active: undefined, definition });
      definition = definitions[++at];
    }
    const isSame = definition !== undefined && comparePlaces(definition, each.device) === 0;
    if (isSame) at++;
    merged.push({ active: each, definition: isSame ? definition : undefined });
  }
  for (const definition of definitions.slice(at)) merged.push({ active: undefined, definition });
  return merged;
}
