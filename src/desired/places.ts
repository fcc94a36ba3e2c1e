// Which virtual function (VF) of a card each of its devices has.

import { countNoun } from "../english.ts";
import type { ObservedDevice } from "../observed.ts";
import { type CardArea, isToBeActive } from "./areas.ts";
import { type Fate, findFate, isStart, isStopped, type Obstacle, type Situation } from "./fate.ts";
import type { Pair } from "./match.ts";
import type { Reason } from "./step.ts";

/**
 * Devices stay where they are, or go where they have to be. The others get free places, and so do those that are to be started where
 * another one is active.
 */
export function placePairs(
  situation: Situation<CardArea>,
  kept: readonly ObservedDevice[],
  restart: Reason | undefined,
): Fate[] {
  const { area, pairs } = situation;
  const fates = new Map<Pair, Fate>();
  const taken = new Set(kept.map(({ parent }) => parent));
  const held = new Set(kept.flatMap(({ parent, active }) => (active === undefined ? [] : [parent])));
  const put = (pair: Pair, place: string) => {
    const fate = findFate(situation, pair, place, restart);
    const { before, steps, obstacle } = fate;
    fates.set(pair, fate);
    taken.add(obstacle === undefined || before === undefined ? place : before.parent);
    if (before?.active !== undefined && !isStopped(fate)) held.add(before.parent);
    if (obstacle === undefined && steps.some(isStart)) held.add(place);
  };
  const isFixed = ({ wanted, device }: Pair) => wanted.place !== undefined || device?.active !== undefined;
  for (const pair of pairs.toSorted((a, b) => Number(isFixed(b)) - Number(isFixed(a)))) {
    const { wanted, device } = pair;
    const home = device !== undefined && area.places.includes(device.parent) ? device.parent : undefined;
    const place = wanted.place ?? home;
    if (place === undefined || (!isFixed(pair) && isToBeActive(wanted) === true && held.has(place))) continue;
    put(pair, place);
  }
  const free = freePlaces(area, taken);
  for (const pair of pairs.filter((each) => !fates.has(each))) {
    const place = free.next();
    if (!place.done) put(pair, place.value);
    else fates.set(pair, { ...findFate(situation, pair, area.name), obstacle: noPlace(area, kept) });
  }
  return pairs.flatMap((pair) => fates.get(pair) ?? []);
}

/** Free virtual functions, the first ones first; without those that another driver has. */
function* freePlaces({ card, places }: CardArea, taken: ReadonlySet<string>): Generator<string> {
  const foreign = new Set(card.unready?.filter(({ isOwn }) => !isOwn).map(({ name }) => name));
  const made = card.functions.length === 0 ? places : card.functions;
  for (const place of made) if (!taken.has(place) && !foreign.has(place)) yield place;
}

function noPlace({ name, card }: CardArea, kept: readonly ObservedDevice[]): Obstacle {
  const taken = new Set(kept.map(({ parent }) => parent).filter((parent) => card.functions.includes(parent))).size;
  const strangers = taken === 0 ? "" : `; on ${taken} of them there are devices that are not in the file`;
  const count = countNoun(card.functions.length, "virtual function");
  return { code: "no-place", why: `none of the ${count} of ${name} is free${strangers}`, users: [] };
}

/** A virtual function takes one device: none can start where another stays active. */
export function judgePlaces(fates: readonly Fate[], kept: readonly ObservedDevice[]): Fate[] {
  const holders = new Map<string, ObservedDevice>();
  for (const device of kept) if (device.active !== undefined) holders.set(device.parent, device);
  for (const fate of fates) {
    const { before } = fate;
    if (before?.active !== undefined && !isStopped(fate)) holders.set(before.parent, before);
  }
  return fates.map((fate) => {
    const start = fate.obstacle === undefined ? fate.steps.find(isStart) : undefined;
    const holder = start && holders.get(start.device.parent);
    if (start === undefined || holder === undefined || holder === fate.before) return fate;
    const why = `${start.device.parent} has ${holder.uuid}${kept.includes(holder) ? ", which is not in the file" : ""}`;
    return { ...fate, obstacle: { code: "place-taken", why, users: [] } };
  });
}
