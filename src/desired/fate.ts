// What becomes of a device: the steps that make it what it is to be, and whether anybody is in their way.

import { countNoun } from "../english.ts";
import { describeUsage, type User } from "../kernel/users.ts";
import type { ObservedDevice } from "../observed.ts";
import type { Uuid } from "../uuid.ts";
import { type Area, isToBeActive } from "./areas.ts";
import { type Change, findRemoval, findSteps } from "./change.ts";
import type { Pair } from "./match.ts";
import type { DeviceStep, PlannedDevice, Reason, Step } from "./step.ts";

/** An area, and what is known of it. */
export interface Situation<A extends Area = Area> {
  readonly area: A;
  readonly pairs: readonly Pair[];
  /** The devices of the area that no file names. */
  readonly unmanaged: readonly ObservedDevice[];
  /** Those that a file wants elsewhere, but that cannot go. */
  readonly stranded: readonly ObservedDevice[];
  /** Whether unmanaged devices go. */
  readonly prune: boolean;
  /** Whether the card takes devices of different sizes, if its driver tells. */
  readonly mixedSizes: boolean | undefined;
  readonly isLive: (device: Pick<PlannedDevice, "parent" | "type">) => boolean;
  /** Devices that are to be active again. */
  readonly stopped: ReadonlySet<Uuid>;
  readonly definitionAt: (uuid: Uuid, parent: string) => ObservedDevice["definition"];
  /** Why nobody can write a definition there: it is broken, or a link. */
  readonly fixedAt: (uuid: Uuid, parent: string) => Reason | undefined;
}

/** What becomes of a device. */
export interface Fate {
  readonly before: ObservedDevice | undefined;
  /** Undefined if it goes. */
  readonly after: PlannedDevice | undefined;
  readonly steps: readonly DeviceStep[];
  /** Why they cannot be done. */
  readonly obstacle?: Obstacle | undefined;
}

export interface Obstacle extends Reason {
  readonly users: readonly User[];
}

/** Devices that stay whatever the file wants, and those that go. */
export function judgeUnmanaged({ unmanaged, stranded, prune }: Situation) {
  const removals = prune ? unmanaged.map((device) => judgeUse(device, undefined, findRemoval(device))) : [];
  const stuck = removals.flatMap(({ before, obstacle }) => (before && obstacle ? [before] : []));
  return { removals, kept: [...stranded, ...(prune ? stuck : unmanaged)] };
}

/** Nothing is done to a device that a process may use. */
function judgeUse(before: Fate["before"], after: Fate["after"], steps: readonly DeviceStep[]): Fate {
  const isTouched = steps.some((step) => step.do === "stop" || step.do === "change");
  const usage = before?.usage;
  if (!isTouched || usage === undefined || usage.kind === "unused") return { before, after, steps };
  const users = usage.kind === "used" ? usage.users : [];
  const code = usage.kind === "used" ? "in-use" : "use-unknown";
  return { before, after, steps, obstacle: { code, why: describeUsage(usage), users } };
}

/** `parent` is where the device is to be. */
export function findFate(situation: Situation, { wanted, device }: Pair, parent: string, restart?: Reason): Fate {
  const { area, isLive, stopped, definitionAt } = situation;
  const { type, label, start, attributes } = wanted;
  const typeName = area.framework?.keepsTypeNames ? label : undefined;
  const uuid = wanted.uuid ?? device?.uuid;
  const after = { uuid, parent, card: area.card?.address, type, typeName, label, start, attributes };
  const change: Change = {
    ...{ area, before: device, after, isLive: isLive(after) },
    ...(restart !== undefined && { restart }),
    active: isToBeActive(wanted) ?? (uuid !== undefined && stopped.has(uuid) ? true : undefined),
    definition: uuid === undefined ? undefined : definitionAt(uuid, parent),
  };
  const steps = findSteps(change);
  const reason = findUnable(situation, after, steps);
  if (reason !== undefined) return { before: device, after, steps, obstacle: { ...reason, users: [] } };
  const isBare = area.card?.functions.length === 0 && area.group.vfs;
  if (wanted.isKnown || steps.length === 0 || isBare) return judgeUse(device, after, steps);
  const why = `as it is now, ${area.name} does not offer that type`;
  return { before: device, after, steps, obstacle: { code: "type-unknown", why, users: [] } };
}

/** Why the steps would fail, whoever uses the device. */
function findUnable(
  { area, fixedAt }: Situation,
  { uuid, parent }: PlannedDevice,
  steps: readonly DeviceStep[],
): Reason | undefined {
  const isWritten = steps.some((step) => ["define", "modify", "change"].includes(step.do));
  const fixed = isWritten && uuid !== undefined ? fixedAt(uuid, parent) : undefined;
  if (fixed !== undefined) return fixed;
  const { functions = [], unready = [] } = area.card ?? {};
  if (functions.length === 0 || !steps.some(isStart)) return undefined;
  if (!functions.includes(parent)) {
    const count = countNoun(functions.length, "virtual function");
    return { code: "no-vf", why: `${area.name} has only ${count} now, without ${parent}` };
  }
  const foreign = unready.find(({ name, isOwn }) => name === parent && !isOwn);
  return foreign && { code: "vf-of-other-driver", why: foreign.reason };
}

export function isStart(step: Step): boolean {
  return step.do === "start";
}

export function isStopped({ steps, obstacle }: Fate): boolean {
  return obstacle === undefined && steps.some((step) => step.do === "stop");
}
