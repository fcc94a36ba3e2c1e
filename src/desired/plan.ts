// What has to be done so that a host has what files say: a function of what was observed, and of nothing else.

import { groupBy } from "../group.ts";
import type { Observed, ObservedDevice } from "../observed.ts";
import type { Uuid } from "../uuid.ts";
import { type Area, findAreas, hostError } from "./areas.ts";
import type { Situation } from "./fate.ts";
import type { Group } from "./file.ts";
import { type Match, matchAreas } from "./match.ts";
import { type Settled, settle } from "./settle.ts";
import type { Blocked, PlannedDevice, Reason, Step } from "./step.ts";

/** What a plan is made from. */
export interface Facts {
  readonly observed: Observed;
  /** Whether cards take devices of different sizes, of those whose driver tells. */
  readonly mixedSizes: ReadonlyMap<string, boolean>;
  /** Whether a callout script can give running devices of the type other attributes. */
  readonly isLive: (device: Pick<PlannedDevice, "parent" | "type">) => boolean;
  /** Devices that were active until they were stopped to be changed, and are to be active again. */
  readonly stopped: ReadonlySet<Uuid>;
}

export interface Plan {
  /** In the order in which they are to be done. */
  readonly steps: readonly Step[];
  /** What should be done and cannot be now. */
  readonly blocked: readonly Blocked[];
  /** The devices of the areas that the files do not name. */
  readonly unmanaged: readonly ObservedDevice[];
  readonly areas: readonly PlannedArea[];
  /** All devices of the areas as they are; one that is defined under several parents is here once, as in a file. */
  readonly devices: readonly ObservedDevice[];
  readonly warnings: readonly string[];
}

export interface PlannedArea extends Pick<Area, "name" | "card" | "places"> {
  readonly mixedSizes: boolean | undefined;
}

/** What makes room comes first. */
const order: readonly (readonly Step["do"][])[] = [
  ["stop"],
  ["undefine"],
  ["make-vfs"],
  ["mix-sizes", "unmix-sizes"],
  ["define", "modify"],
  ["change"],
  ["start"],
];

/** With `prune`, unmanaged devices go. Throws a UserError if the host cannot have what the groups say. */
export function makePlan(facts: Facts, groups: readonly Group[], { prune }: { readonly prune: boolean }): Plan {
  const { observed } = facts;
  const { areas, warnings } = findAreas(observed, groups);
  const devices = placeOnCards(observed.devices, areas);
  const byPlace = groupBy(devices, ({ parent }) => parent);
  const devicesIn = (area: Area) => area.places.flatMap((place) => byPlace.get(place) ?? []);
  const { matches, isFurther } = matchAreas(areas, devices, { devicesIn, stopped: facts.stopped, prune });
  ensureNobodyElses(areas, matches);
  const gone = new Set(prune ? matches.flatMap(({ unmanaged }) => unmanaged) : []);
  const fixed = findFixed(observed);
  const fixedAt = (uuid: Uuid, parent: string) => fixed.get(`${parent}/${uuid}`);
  const settled = settleAll(
    areas,
    (area, stranded, index): Situation => ({
      area,
      pairs: matches[index]?.pairs ?? [],
      unmanaged: matches[index]?.unmanaged ?? [],
      stranded,
      prune,
      mixedSizes: facts.mixedSizes.get(area.name),
      isLive: facts.isLive,
      stopped: facts.stopped,
      definitionAt: (uuid, parent) =>
        byPlace.get(parent)?.find((device) => device.uuid === uuid && !gone.has(device))?.definition,
      fixedAt,
    }),
  );
  const steps = settled.flatMap((each) => each.steps);
  return {
    steps: order.flatMap((actions) => steps.filter((step) => actions.includes(step.do))),
    blocked: settled.flatMap(({ blocked }) => blocked),
    unmanaged: matches.flatMap(({ unmanaged }) => unmanaged),
    areas: areas.map(({ name, card, places }) => ({ name, card, places, mixedSizes: facts.mixedSizes.get(name) })),
    devices: areas.flatMap(devicesIn).filter((device) => !isFurther(device)),
    warnings: [...warnings, ...observed.unread, ...warnAboutBroken(observed, areas)],
  };
}

/** What is defined for a virtual function that is not there is of the card all the same. */
function placeOnCards(devices: readonly ObservedDevice[], areas: readonly Area[]): readonly ObservedDevice[] {
  const cards = new Map(
    areas.flatMap(({ card, places }) => (card ? places.map((place) => [place, card.address]) : [])),
  );
  return devices.map((device) => {
    const card = device.card ?? cards.get(device.parent);
    return card === device.card ? device : { ...device, card };
  });
}

/** The definitions that cannot be written, and why, by their places. */
function findFixed({ brokenDefinitions, devices }: Observed): Map<string, Reason> {
  return new Map([
    ...brokenDefinitions.map(({ uuid, parent, path }): [string, Reason] => {
      const why = `${path} is broken; 'mdevctl undefine' removes it`;
      return [`${parent}/${uuid}`, { code: "definition-broken", why }];
    }),
    ...devices.flatMap(({ uuid, parent, isLinked }): [string, Reason][] => {
      const why = "its definition is a link, and has to be changed where it is kept";
      return isLinked === true ? [[`${parent}/${uuid}`, { code: "definition-linked", why }]] : [];
    }),
  ]);
}

/** Cards and parents that no file names are never touched. */
function ensureNobodyElses(areas: readonly Area[], matches: readonly Match[]): void {
  const places = new Set(areas.flatMap((area) => area.places));
  for (const { wanted, device } of matches.flatMap(({ pairs }) => pairs)) {
    if (device === undefined || places.has(device.parent)) continue;
    throw hostError(wanted.source, `${device.uuid} is under ${device.parent}, about which the file says nothing`);
  }
}

/** A device that cannot leave its area takes room there, which may keep another one from coming; so again, until none is found. */
function settleAll(
  areas: readonly Area[],
  describe: (area: Area, stranded: readonly ObservedDevice[], index: number) => Situation,
): Settled[] {
  const stranded = new Set<ObservedDevice>();
  for (;;) {
    const known = stranded.size;
    const settled = areas.map((area, index) => {
      const own = [...stranded].filter(({ parent }) => area.places.includes(parent));
      return settle(describe(area, own, index));
    });
    for (const { before, after, obstacle } of settled.flatMap(({ fates }) => fates)) {
      const isLeaving = before !== undefined && after !== undefined && before.card !== after.card;
      if (isLeaving && obstacle !== undefined) stranded.add(before);
    }
    if (stranded.size === known) return settled;
  }
}

function warnAboutBroken({ brokenDefinitions }: Observed, areas: readonly Area[]): string[] {
  const places = new Set(areas.flatMap((area) => area.places));
  return brokenDefinitions.filter(({ parent }) => places.has(parent)).map(({ message }) => message);
}
