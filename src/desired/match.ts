// Which of the devices of a host are those that a file wants, so that as little as possible changes.

import type { Attribute, StartMode } from "../device.ts";
import { groupBy } from "../group.ts";
import type { ObservedDevice } from "../observed.ts";
import type { Uuid } from "../uuid.ts";
import { type Area, isToBeActive, type Wanted } from "./areas.ts";

export interface Pair {
  readonly wanted: Wanted;
  /** Undefined where there is none yet. */
  readonly device: ObservedDevice | undefined;
}

export interface Match {
  /** In the order of the area's wanted devices. */
  readonly pairs: readonly Pair[];
  /** Those of the area that the file does not want. */
  readonly unmanaged: readonly ObservedDevice[];
}

/** The parents that may have a device with this UUID, as far as a file says. */
type WantedPlaces = ReadonlyMap<Uuid, readonly string[]>;

/** A UUID that is defined under several parents is one device: where it is active, or else where it is wanted, or else the first. */
export function indexByUuid(
  devices: readonly ObservedDevice[],
  wanted: WantedPlaces = new Map(),
): Map<Uuid, ObservedDevice> {
  const rankOf = ({ uuid, parent, active }: ObservedDevice) =>
    active !== undefined ? 2 : Number(wanted.get(uuid)?.includes(parent) ?? false);
  const byUuid = new Map<Uuid, ObservedDevice>();
  for (const device of devices) {
    const known = byUuid.get(device.uuid);
    if (known === undefined || rankOf(device) > rankOf(known)) byUuid.set(device.uuid, device);
  }
  return byUuid;
}

interface Terms {
  /** Devices that count as active, because they are to be again. */
  readonly stopped: ReadonlySet<Uuid>;
  /** Whether devices that are not wanted go. */
  readonly prune: boolean;
}

export interface Matched {
  /** In the order of the areas. */
  readonly matches: readonly Match[];
  /** Those that are a further definition of a device that is elsewhere. */
  readonly isFurther: (device: ObservedDevice) => boolean;
}

/** `devices` are all of the host, `devicesIn` those of an area. */
export function matchAreas(
  areas: readonly Area[],
  devices: readonly ObservedDevice[],
  { devicesIn, ...terms }: Terms & { readonly devicesIn: (area: Area) => readonly ObservedDevice[] },
): Matched {
  const places = findWantedPlaces(areas);
  const byUuid = indexByUuid(devices, places);
  const isFurther = (device: ObservedDevice) => byUuid.get(device.uuid) !== device;
  const twins = new Set(devices.filter(isFurther).map(({ uuid }) => uuid));
  const isTwin = ({ uuid }: ObservedDevice) => twins.has(uuid);
  // Where it is to go, there is its definition already.
  const isTarget = ({ uuid, parent }: ObservedDevice) => places.get(uuid)?.join() === parent;
  // What is wanted by its UUID, perhaps elsewhere, is nobody else's, and not unmanaged where it is now.
  const named = new Set(areas.flatMap(({ wanted }) => wanted.map(({ uuid }) => byUuid.get(uuid ?? ""))));
  const matches = areas.map((area): Match => {
    const own = devicesIn(area).filter((device) => !named.has(device));
    // Which of several definitions counts may change with every step, so such a device has to be named.
    const further = own.filter((device) => isTwin(device) && !isTarget(device));
    const single = own.filter((device) => !isTwin(device));
    const { pairs, unmanaged } = matchDevices(area, single, { ...terms, byUuid });
    return { pairs, unmanaged: [...unmanaged, ...further] };
  });
  return { matches, isFurther };
}

function findWantedPlaces(areas: readonly Area[]): WantedPlaces {
  return new Map(
    areas.flatMap(({ places, wanted }) =>
      wanted.flatMap(({ uuid, place }) => (uuid === undefined ? [] : [[uuid, place === undefined ? places : [place]]])),
    ),
  );
}

/** Which wanted devices may take which devices now, if they are alike in these things besides their type. */
interface Rank {
  readonly wanted: "any" | "active" | "inactive";
  readonly devices: "any" | "used" | "unused" | "active" | "inactive";
  readonly same: readonly ("attributes" | "start" | "active")[];
  /** Only where devices that are not wanted go, and would be stopped. */
  readonly ifPruning?: true;
}

const all = ["attributes", "start", "active"] as const;

/**
 * Best are devices about which nothing has to change, then those with the same attributes, then any. Nothing may be done to devices in
 * use, so they had better be wanted.
 */
const ranks: readonly Rank[] = [
  { wanted: "any", devices: "used", same: all },
  { wanted: "active", devices: "used", same: ["attributes"] },
  { wanted: "any", devices: "active", same: all },
  { wanted: "active", devices: "active", same: ["attributes"], ifPruning: true },
  { wanted: "any", devices: "any", same: all },
  ...[["attributes"] as const, []].flatMap((same): Rank[] => [
    { wanted: "active", devices: "used", same },
    { wanted: "active", devices: "active", same },
    { wanted: "active", devices: "any", same },
    { wanted: "inactive", devices: "inactive", same },
    { wanted: "inactive", devices: "unused", same },
    { wanted: "inactive", devices: "any", same },
  ]),
];

/** `own` are the devices of the area. A wanted UUID is that device, wherever it is; the others are devices of the same type. */
function matchDevices(
  area: Area,
  own: readonly ObservedDevice[],
  { byUuid, stopped, prune }: Terms & { readonly byUuid: ReadonlyMap<Uuid, ObservedDevice> },
): Match {
  const found = new Map<Wanted, ObservedDevice>();
  const free = new Set(own);
  const take = (wanted: Wanted, device: ObservedDevice | undefined) => {
    if (device === undefined) return;
    found.set(wanted, device);
    free.delete(device);
  };
  for (const wanted of area.wanted) {
    if (wanted.uuid !== undefined) take(wanted, byUuid.get(wanted.uuid));
  }
  const isActive = ({ uuid, active }: ObservedDevice) => active !== undefined || stopped.has(uuid);
  const takeBest = (wanted: readonly Wanted[], rank: Rank, isPlaced: boolean) => {
    const open = wanted.filter((each) => !found.has(each) && isOfRank(each, rank));
    if (open.length === 0) return;
    const keyOf = (likeness: Likeness) =>
      JSON.stringify([likeness.type, isPlaced && likeness.place, ...rank.same.map((name) => likeness[name])]);
    // Taken from the end.
    const fitting = [...free].filter((device) => canBeTaken(device, isActive(device), rank)).reverse();
    if (fitting.length === 0) return;
    const candidates = groupBy(fitting, (device) => keyOf(describe(area, device, isActive(device))));
    for (const each of open) {
      const options = describeWanted(each).map((likeness) => candidates.get(keyOf(likeness)) ?? []);
      take(each, options.find((devices) => devices.length > 0)?.pop());
    }
  };
  // What may be active or not takes what is left.
  const unnamed = area.wanted
    .filter(({ uuid }) => uuid === undefined)
    .toSorted((a, b) => Number(isToBeActive(a) === undefined) - Number(isToBeActive(b) === undefined));
  // A place that is given leaves no choice.
  for (const isPlaced of [true, false]) {
    const wanted = unnamed.filter(({ place }) => (place !== undefined) === isPlaced);
    for (const rank of ranks) if (prune || rank.ifPruning === undefined) takeBest(wanted, rank, isPlaced);
  }
  return { pairs: area.wanted.map((wanted) => ({ wanted, device: found.get(wanted) })), unmanaged: [...free] };
}

function isOfRank(wanted: Wanted, rank: Rank): boolean {
  return rank.wanted === "any" || (isToBeActive(wanted) ?? true) === (rank.wanted === "active");
}

function canBeTaken({ active, usage }: ObservedDevice, isActive: boolean, { devices }: Rank): boolean {
  const isUsed = active !== undefined && usage.kind !== "unused";
  return { any: true, used: isUsed, unused: !isUsed, active: isActive, inactive: !isActive }[devices];
}

interface Likeness {
  readonly type: string;
  readonly place: string | undefined;
  readonly attributes: readonly Attribute[];
  readonly start: StartMode | undefined;
  readonly active: boolean;
}

function describe(area: Area, device: ObservedDevice, active: boolean): Likeness {
  const { parent: place, definition } = device;
  const attributes = attributesOf(device);
  return { type: typeOf(area, device), place, attributes, start: definition?.start, active };
}

/** What may be active or not is like both. */
function describeWanted(wanted: Wanted): Likeness[] {
  const active = isToBeActive(wanted);
  return (active === undefined ? [true, false] : [active]).map((value) => ({ ...wanted, active: value }));
}

/** What it is, or would be if it were started: drivers number types anew, and then the name counts. */
export function typeOf({ typesByName }: Area, { active, definition }: ObservedDevice): string {
  return active?.type ?? typesByName.get(definition?.typeName ?? "") ?? definition?.type ?? "";
}

/** Those that it has got, or would get: nobody knows those of a device that others have started. */
export function attributesOf({ active, definition }: ObservedDevice): readonly Attribute[] {
  return definition === undefined || (active !== undefined && active.type !== definition.type)
    ? []
    : definition.attributes;
}
