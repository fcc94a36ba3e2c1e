// What can be done on a card or a parent now, and what cannot.

import type { ObservedDevice } from "../observed.ts";
import type { Area, CardArea, ParentArea } from "./areas.ts";
import { type Fate, findFate, isStart, isStopped, judgeUnmanaged, type Situation } from "./fate.ts";
import { judgePlaces, placePairs } from "./places.ts";
import { createCardRoom, createParentRoom, ensureCardRoom, ensureParentRoom, judgeRoom, noRoom } from "./room.ts";
import { planSizes, type SizesPlan } from "./sizes.ts";
import type { Blocked, Step } from "./step.ts";

export interface Settled {
  /** In no order. */
  readonly steps: readonly Step[];
  readonly blocked: readonly Blocked[];
  /** Of the area's wanted devices and of those that are to go. */
  readonly fates: readonly Fate[];
}

/** Throws a UserError if what the file wants would not even fit alone. */
export function settle(situation: Situation): Settled {
  const { area } = situation;
  return area.card === undefined
    ? settleParent({ ...situation, area }, area)
    : settleCard({ ...situation, area }, area);
}

function settleParent(situation: Situation, area: ParentArea): Settled {
  const { name } = area;
  const { removals, kept } = judgeUnmanaged(situation);
  const fates = [...removals, ...situation.pairs.map((pair) => findFate(situation, pair, name))];
  const active = findActiveAt(area, kept, fates);
  ensureParentRoom(
    area,
    active.flatMap((device) => device.active ?? []),
  );
  return toSettled(judgeRoom(fates, (stopped) => createParentRoom(area, stopped), noRoom(name, kept)));
}

function settleCard(situation: Situation, area: CardArea): Settled {
  const { card, group, name } = area;
  const { removals, kept } = judgeUnmanaged(situation);
  const mode = planSizes(situation, area, kept);
  ensureCardRoom(area, group.mixedSizes ?? mode.isMixed);

  const all = [...removals, ...placePairs({ ...situation, area }, kept, mode.restart)];
  const active = findActiveAt(area, kept, all);
  const createRoom = (stopped: ReadonlySet<ObservedDevice>) =>
    createCardRoom(area, stopped, { active, isMixed: mode.isMixed });
  const judged = judgeRoom(judgePlaces(all, kept), createRoom, noRoom(name, kept));
  // One that has to be stopped for it and cannot be.
  if (mode.steps.length > 0 && judged.some((fate) => fate.before?.active !== undefined && !isStopped(fate))) {
    return settleCard({ ...situation, mixedSizes: undefined }, { ...area, card: { ...card, mixedSizes: undefined } });
  }
  const sorted = mode.isMixed ? sortBySize(judged, area) : judged;
  return card.functions.length > 0 ? toSettled(sorted, mode) : settleBare(area, sorted, mode);
}

/** Drivers give a device memory that begins at a multiple of its size: there is room for large ones only before small ones. */
function sortBySize(fates: readonly Fate[], { sizes }: CardArea): Fate[] {
  const sizeOf = ({ after }: Fate) => sizes.get(after?.type ?? "")?.memory ?? 0;
  return fates.toSorted((a, b) => sizeOf(b) - sizeOf(a));
}

/** Without virtual functions, nothing can be started unless they may be made. */
function settleBare({ name, group }: CardArea, fates: readonly Fate[], { steps }: SizesPlan): Settled {
  const step = { do: "make-vfs", card: name, code: "vfs", why: "it has no virtual functions" } as const;
  if (group.vfs) return toSettled(fates, { steps: [step, ...steps], blocked: [] });
  const [starting, others] = [true, false].map((isStarting) =>
    fates.filter((fate) => fate.steps.some(isStart) === isStarting),
  );
  const why = `${step.why}, and the group does not say 'vfs: true'`;
  const blocked = starting?.length === 0 ? [] : [{ ...step, code: "no-vfs", why, users: [] }];
  return toSettled(others ?? [], { steps: [], blocked });
}

/** Whatever becomes of them. */
function findActiveAt({ places }: Area, kept: readonly ObservedDevice[], fates: readonly Fate[]): ObservedDevice[] {
  const own = fates.flatMap(({ before }) => (before !== undefined && places.includes(before.parent) ? [before] : []));
  return [...kept, ...own].filter(({ active }) => active !== undefined);
}

function toSettled(fates: readonly Fate[], cards?: Pick<SizesPlan, "steps" | "blocked">): Settled {
  const possible = fates.filter(({ obstacle }) => obstacle === undefined);
  return {
    steps: [...(cards?.steps ?? []), ...possible.flatMap(({ steps }) => steps)],
    blocked: [...(cards?.blocked ?? []), ...fates.flatMap(describeBlocked)],
    fates,
  };
}

/** As the step that cannot be done, for which there may be others before it. */
function describeBlocked({ steps, obstacle }: Fate): Blocked[] {
  const touching = steps.find((step) => step.do === "stop" || step.do === "change");
  const step = obstacle?.code === "no-room" ? steps.find(isStart) : (touching ?? steps.at(-1));
  if (obstacle === undefined || step === undefined) return [];
  // That it is not active needs no words where it cannot be started.
  const why = step.code === "active" ? obstacle.why : `${step.why}, but ${obstacle.why}`;
  return [{ ...step, ...obstacle, why }];
}
