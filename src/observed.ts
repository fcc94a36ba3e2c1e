// Everything about a host, read once, as plain data: what `status` shows and `doctor` judges. Reading goes on where a part cannot be
// read; why not is a part of the result.

import type { Configuration, Device } from "./device.ts";
import { UserError } from "./errors.ts";
import { groupBy } from "./group.ts";
import type { Host } from "./host.ts";
import { type Capacity, findCapacity } from "./kernel/capacity.ts";
import type { ActiveDevice, Card, Framework, Parent } from "./kernel/framework.ts";
import { frameworkOf, frameworks } from "./kernel/frameworks.ts";
import { driverOf, readPciId } from "./kernel/pci.ts";
import { findUsages, type Usage } from "./kernel/users.ts";
import { readOrWarn } from "./log.ts";
import { type DefinitionFile, definitionPath, eachDefinition, readConfigurationIfAny, toDevice } from "./store.ts";
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
  readonly driver: string | undefined;
  /** As in `10de:26b9`: the numbers of its vendor and its model. */
  readonly pciId: string | undefined;
}

export interface ObservedParent extends Parent {
  readonly framework: FrameworkName;
  /** Undefined for one without a device on a bus, and for a part of a card. */
  readonly driver: string | undefined;
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
  readonly definition: Device | undefined;
  /** Its definition is a link to where it is kept. */
  readonly isLinked?: true;
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
  const active = frameworks
    .flatMap((framework) => readOrWarn(observer, () => framework.findActive(observer, {})) ?? [])
    .sort(comparePlaces);
  const cards = await findCards(observer, parents, active);
  const placeOf = createPlaces(cards, parents);
  const frameworkAt = (parent: string) => placeOf(parent).framework ?? frameworkOf(observer, parent);
  const usages = findUsages(
    observer,
    active.map((device) => frameworkAt(device.parent).directory(observer, device)),
  );
  const brokenDefinitions: BrokenDefinition[] = [];
  const devices: ObservedDevice[] = [];
  for (const { device, usage, file } of mergePlaces(active, usages, definitionsOrWarn(observer))) {
    const found = file && readConfigurationOr(observer, file, (broken) => brokenDefinitions.push(broken));
    const place = device ?? (found && file);
    // A broken definition is no device.
    if (place === undefined) continue;
    const { uuid, parent } = place;
    // The same copy of its name.
    const definition = found && toDevice(place, found);
    const { card, framework, typeNames } = placeOf(parent);
    const type = device?.type ?? definition?.type ?? "";
    devices.push({
      uuid,
      parent,
      card,
      framework: framework?.name,
      active: device,
      definition,
      ...(definition !== undefined && file?.kind === "link" && { isLinked: true }),
      typeName: typeNames?.get(type) ?? (definition?.type === type ? definition.typeName : undefined),
      usage,
    });
  }
  return { ...nameTypes(cards, devices), parents, brokenDefinitions, unread };
}

/** A full card offers no type any more; then the definitions of its devices, which keep names, tell those of all. */
function nameTypes(
  cards: readonly ObservedCard[],
  devices: readonly ObservedDevice[],
): Pick<Observed, "cards" | "devices"> {
  const isNameless = ({ card, typeName }: ObservedDevice) => card !== undefined && typeName === undefined;
  if (!devices.some(isNameless)) return { cards, devices };
  const keyOf = (card: string | undefined, type: string | undefined) => `${card} ${type}`;
  const typeOf = ({ active, definition }: ObservedDevice) => active?.type ?? definition?.type;
  const names = new Map<string, string>();
  for (const { card, definition } of devices) {
    if (definition?.typeName !== undefined) names.set(keyOf(card, definition.type), definition.typeName);
  }
  return {
    cards: cards.map((card) => ({
      ...card,
      types: card.types.map((each) => ({
        ...each,
        name: each.name || (names.get(keyOf(card.address, each.type)) ?? ""),
      })),
    })),
    devices: devices.map((device) =>
      isNameless(device) ? { ...device, typeName: names.get(keyOf(device.card, typeOf(device))) || undefined } : device,
    ),
  };
}

type Place = Pick<Device, "uuid" | "parent">;

function comparePlaces(a: Place, b: Place): number {
  if (a.parent !== b.parent) return a.parent < b.parent ? -1 : 1;
  return a.uuid < b.uuid ? -1 : a.uuid > b.uuid ? 1 : 0;
}

function findParents(host: Host): ObservedParent[] {
  const parents = frameworks.flatMap((framework) =>
    (readOrWarn(host, () => [...framework.findParents(host)]) ?? []).map((parent) => {
      const card = parent.card ?? readOrWarn(host, () => framework.cardOf(host, parent.name));
      // A function that takes several devices by itself shares nothing with others.
      const isPart = card !== undefined && parent.types.every(({ availableInstances }) => availableInstances <= 1);
      const { name, types } = parent;
      if (isPart) return { name, types, framework: framework.name, card, driver: undefined };
      const driver = readOrWarn(host, () => framework.driverOf(host, name));
      return { name, types, framework: framework.name, driver };
    }),
  );
  return parents.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Without the directory of all definitions, none is known. */
function* definitionsOrWarn(host: Host): Generator<DefinitionFile> {
  try {
    yield* eachDefinition(host, {});
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    host.log.warn(error.message);
  }
}

function readConfigurationOr(
  host: Host,
  file: DefinitionFile,
  report: (broken: BrokenDefinition) => void,
): Configuration | undefined {
  try {
    return readConfigurationIfAny(host, file);
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof UserError)) throw error;
    const { uuid, parent } = file;
    report({ uuid, parent, path: definitionPath(host, parent, uuid), message: error.message });
    return undefined;
  }
}

/** Those that drivers tell of, and those that parents are parts of. */
async function findCards(
  host: Host,
  parents: readonly ObservedParent[],
  active: readonly ActiveDevice[],
): Promise<ObservedCard[]> {
  const cards = new Map<string, Card>();
  for (const framework of frameworks) {
    for (const card of await framework.findCards(host)) cards.set(card.address, card);
  }
  for (const [address, own] of groupBy(parents, ({ card }) => card)) {
    if (address === undefined || cards.has(address)) continue;
    const names = own.map(({ name }) => name);
    const functions = { functions: names, functionLimit: names.length, places: names };
    cards.set(address, { address, model: undefined, ...functions, sizes: [] });
  }
  const sorted = [...cards.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
  return sorted.map((card): ObservedCard => {
    const own = parents.filter(({ name }) => card.functions.includes(name));
    const devices = active.filter(({ parent }) => card.functions.includes(parent));
    const capacity = findCapacity({ parents: own, active: devices, sizes: card.sizes });
    const { vendor, product } = readOrWarn(host, () => readPciId(host, card.address)) ?? {};
    const pciId = vendor === undefined || product === undefined ? undefined : `${vendor}:${product}`;
    const driver = readOrWarn(host, () => driverOf(host, card.address));
    return { ...card, ...capacity, framework: own[0]?.framework, driver, pciId };
  });
}

interface PlaceInfo {
  readonly card?: string;
  readonly framework?: Framework | undefined;
  /** What types are called there. */
  readonly typeNames?: ReadonlyMap<string, string>;
}

/** Makes the function that tells about a parent, which may not be there. */
function createPlaces(
  cards: readonly ObservedCard[],
  parents: readonly ObservedParent[],
): (parent: string) => PlaceInfo {
  const places = new Map<string, PlaceInfo>();
  for (const { name, framework, types } of parents) {
    const named = types.flatMap((type): [string, string][] => (type.label === "" ? [] : [[type.name, type.label]]));
    const typeNames = named.length === 0 ? {} : { typeNames: new Map(named) };
    places.set(name, { framework: frameworks.find((each) => each.name === framework), ...typeNames });
  }
  for (const { address, functions, types } of cards) {
    const typeNames = new Map(types.filter(({ name }) => name !== "").map(({ type, name }) => [type, name]));
    for (const name of functions) places.set(name, { ...places.get(name), card: address, typeNames });
  }
  const nowhere: PlaceInfo = {};
  return (parent) => places.get(parent) ?? nowhere;
}

interface Merged {
  readonly device?: ActiveDevice;
  readonly usage: Usage;
  readonly file?: DefinitionFile;
}

/** Puts devices and definitions together, which are both sorted by parent and UUID. */
function* mergePlaces(
  active: readonly ActiveDevice[],
  usages: readonly Usage[],
  files: Iterator<DefinitionFile>,
): Generator<Merged> {
  const unused = { kind: "unused" } as const;
  let next = files.next();
  for (const [index, device] of active.entries()) {
    for (; !next.done && comparePlaces(next.value, device) < 0; next = files.next()) {
      yield { usage: unused, file: next.value };
    }
    const usage = usages[index] ?? unused;
    if (next.done || comparePlaces(next.value, device) > 0) {
      yield { device, usage };
    } else {
      yield { device, usage, file: next.value };
      next = files.next();
    }
  }
  for (; !next.done; next = files.next()) yield { usage: unused, file: next.value };
}
