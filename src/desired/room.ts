// Whether a card or a parent has room for what is to be active: for all of it, and for each device when its turn comes.

import { countNoun } from "../english.ts";
import { groupBy } from "../group.ts";
import { countRoom } from "../kernel/capacity.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { nameType } from "../kernel/type-names.ts";
import type { ObservedDevice } from "../observed.ts";
import { findCardExcess, findParentExcess } from "../room.ts";
import { type CardArea, hostError, isToBeActive, type ParentArea } from "./areas.ts";
import { type Fate, isStart, isStopped, type Obstacle } from "./fate.ts";

/** Without other devices, what the file wants must be possible. */
export function ensureCardRoom({ card, group, name, wanted, sizes }: CardArea, isMixed: boolean): void {
  const active = wanted.filter((each) => isToBeActive(each) === true);
  const limit = card.functionLimit;
  // Several can be defined for one virtual function.
  const count =
    wanted.filter(({ place }) => place === undefined).length + new Set(wanted.flatMap(({ place }) => place ?? [])).size;
  if (count > limit) {
    throw hostError(group, `${name} has at most ${countNoun(limit, "virtual function")}, and ${count} are needed`);
  }
  const places = groupBy(
    active.filter(({ place }) => place !== undefined),
    ({ place }) => place,
  );
  for (const [place, [, second]] of places) {
    if (second !== undefined)
      throw hostError(second.source, `${place} has another device already; a virtual function takes one`);
  }
  const devices = active.map(({ type, label }) => ({ type: nameType(type, label) }));
  const named = new Map(active.map(({ type }, index) => [devices[index]?.type ?? type, sizes.get(type)]));
  const excess = findCardExcess(devices, { memory: card.memory, sizes: named, mixedSizes: isMixed });
  if (excess === undefined) return;
  const hint = isMixed
    ? undefined
    : "With 'mixed-sizes: true' a card takes devices of different sizes, if its driver can.";
  throw hostError(
    group,
    `${name} has no room for what is wanted: ${excess}`,
    excess.endsWith("sizes") ? hint : undefined,
  );
}

/** Its driver tells how many more of a type there can be, but not how types influence each other. */
export function ensureParentRoom({ name, parent, group, wanted }: ParentArea, active: readonly ActiveDevice[]): void {
  const devices = wanted.filter((each) => isToBeActive(each) === true);
  const excess = findParentExcess(parent, devices, active);
  if (excess !== undefined) throw hostError(group, `${name} has no room for what is wanted: ${excess}`);
}

/** Whether there is room for one more device of the type, which takes it then. */
type Room = (type: string) => boolean;

/**
 * Those that are stopped to be started otherwise come first: better a new device is missing than one that is there. `createRoom` is
 * told which devices are stopped before.
 */
export function judgeRoom(
  all: readonly Fate[],
  createRoom: (stopped: ReadonlySet<ObservedDevice>) => Room,
  obstacle: Obstacle,
): Fate[] {
  let fates = all.toSorted((a, b) => Number(isStopped(b)) - Number(isStopped(a)));
  for (;;) {
    const hasRoom = createRoom(new Set(fates.filter(isStopped).flatMap(({ before }) => before ?? [])));
    const judged = fates.map((fate): Fate => {
      const start = fate.obstacle === undefined ? fate.steps.find(isStart) : undefined;
      return start === undefined || hasRoom(start.device.type) ? fate : { ...fate, obstacle };
    });
    // What was to be stopped stays then, and takes room from others.
    const areMoreLeft = fates.some((fate, index) => isStopped(fate) && judged[index] !== fate);
    fates = judged;
    if (!areMoreLeft) return fates;
  }
}

export function createParentRoom({ parent, name }: ParentArea, stopped: ReadonlySet<ObservedDevice>): Room {
  const room = new Map(parent.types.map((type) => [type.name, type.availableInstances]));
  for (const device of stopped) {
    if (device.parent !== name) continue;
    // How much that makes of the room for other types, nobody can tell.
    for (const [type, free] of room) {
      if (type === device.active?.type) room.set(type, free + 1);
      else room.delete(type);
    }
  }
  return (type) => {
    const free = room.get(type);
    if (free !== undefined) room.set(type, free - 1);
    return free === undefined || free > 0;
  };
}

/** `active` are the devices on the card. */
export function createCardRoom(
  { card, sizes }: CardArea,
  stopped: ReadonlySet<ObservedDevice>,
  { active, isMixed }: { readonly active: readonly ObservedDevice[]; readonly isMixed: boolean },
): Room {
  const offers = new Map(card.types.map((type) => [type.type, type.offers]));
  const taken = active.filter((device) => !stopped.has(device)).map((device) => sizes.get(device.active?.type ?? ""));
  return (type) => {
    const size = sizes.get(type);
    const room = countRoom({ memory: card.memory, mixedSizes: isMixed, active: taken }, size);
    // Where nobody else knows, the driver does, as long as nothing is stopped before.
    const isAsNow = stopped.size === 0 && card.functions.length > 0;
    const isRoom = room === undefined ? !isAsNow || (offers.get(type) ?? 0) > 0 : room > 0;
    if (isRoom) taken.push(size);
    return isRoom;
  };
}

export function noRoom(where: string, kept: readonly ObservedDevice[]): Obstacle {
  const strangers = kept.filter(({ active }) => active !== undefined).length;
  const who =
    strangers === 0
      ? ""
      : `; ${countNoun(strangers, "active device")} there ${strangers === 1 ? "is" : "are"} not in the file`;
  return { code: "no-room", why: `${where} has no room for it now${who}`, users: [] };
}
