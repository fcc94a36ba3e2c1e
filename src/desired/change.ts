// What has to be done to one device.

import type { Attribute } from "../device.ts";
import { nameType } from "../kernel/type-names.ts";
import type { ObservedDevice } from "../observed.ts";
import type { Area } from "./areas.ts";
import { attributesOf, typeOf } from "./match.ts";
import { type DeviceStep, type PlannedDevice, type Reason, toPlanned } from "./step.ts";

export interface Change {
  readonly area: Area;
  /** As it is now, if it is there. */
  readonly before: ObservedDevice | undefined;
  readonly after: PlannedDevice;
  /** Whether it is to be active; undefined: as it is. */
  readonly active: boolean | undefined;
  /** What is defined now where it is to be, under its UUID. */
  readonly definition: ObservedDevice["definition"];
  /** Whether a script can give it other attributes while it runs. */
  readonly isLive: boolean;
  /** Why it has to be stopped and started although nothing about it changes. */
  readonly restart?: Reason;
}

/** In their order. */
export function findSteps(change: Change): DeviceStep[] {
  const { before, after, active } = change;
  const difference = findDifference(change);
  const definition = findDefinitionStep(change, difference);
  const isMove = before !== undefined && before.parent !== after.parent;
  const old = before && toPlanned(before);
  const steps: DeviceStep[] = [];
  const isActive = before?.active !== undefined;
  const isLive =
    change.isLive &&
    isActive &&
    active !== false &&
    difference?.code === "attributes" &&
    change.restart === undefined &&
    change.definition?.type === after.type;
  if (old !== undefined && isActive && active === false) {
    steps.push({ do: "stop", device: old, code: "inactive", why: "it is not to be active" });
  } else if (old !== undefined && isActive && difference !== undefined && !isLive) {
    steps.push({ do: "stop", device: old, ...difference });
  }
  if (old !== undefined && isMove && before?.definition !== undefined && difference !== undefined) {
    steps.push({ do: "undefine", device: old, ...difference });
  }
  if (isLive && difference !== undefined) steps.push({ do: "change", device: after, ...difference });
  else if (definition !== undefined) steps.push(definition);
  const stops = steps.some((step) => step.do === "stop");
  if (isActive && stops && active !== false && difference !== undefined) {
    steps.push({ do: "start", device: after, ...difference });
  } else if (!isActive && active === true) {
    steps.push({ do: "start", device: after, code: "active", why: "it is not active" });
  }
  return steps;
}

/** Of a device that no file wants. */
export function findRemoval(device: ObservedDevice): DeviceStep[] {
  const reason = { device: toPlanned(device), code: "unmanaged", why: "it is not in the file" };
  return [
    ...(device.active === undefined ? [] : [{ do: "stop", ...reason } as const]),
    ...(device.definition === undefined ? [] : [{ do: "undefine", ...reason } as const]),
  ];
}

/** Between the device that is there and the one that is to be. */
function findDifference({ area, before, after, restart }: Change): Reason | undefined {
  if (before === undefined) return undefined;
  if (before.parent !== after.parent)
    return { code: "place", why: `it moves from ${before.parent} to ${after.parent}` };
  const type = typeOf(area, before);
  if (type !== after.type) {
    return {
      code: "type",
      why: `its type is ${nameType(type, before.typeName)}, not ${nameType(after.type, after.label)}`,
    };
  }
  const different = findAttributeDifference(attributesOf(before), after.attributes);
  return different === undefined ? restart : { code: "attributes", why: different };
}

function findDefinitionStep(
  { area, before, after, definition }: Change,
  difference: Reason | undefined,
): DeviceStep | undefined {
  if (definition === undefined) {
    if (difference?.code === "place") return { do: "define", device: after, ...difference };
    return before?.active === undefined
      ? { do: "define", device: after, code: "new", why: "it is not defined" }
      : { do: "define", device: after, code: "transient", why: "it is active, but not defined" };
  }
  const type = area.typesByName.get(definition.typeName ?? "") ?? definition.type;
  if (type !== after.type)
    return {
      do: "modify",
      device: after,
      code: "type",
      why: `it is defined as ${nameType(type, definition.typeName)}`,
    };
  const different = findAttributeDifference(definition.attributes, after.attributes);
  if (different !== undefined) return { do: "modify", device: after, code: "attributes", why: different };
  if (definition.start === after.start) return undefined;
  const why = after.start === "auto" ? "it is to start automatically" : "it is not to start automatically";
  return { do: "modify", device: after, code: "start", why };
}

/** The first difference; undefined if there is none. */
function findAttributeDifference(now: readonly Attribute[], wanted: readonly Attribute[]): string | undefined {
  for (let index = 0; index < Math.max(now.length, wanted.length); index++) {
    const [is, toBe] = [now[index], wanted[index]];
    if (is === undefined) return `it lacks the attribute ${toBe?.name}`;
    if (toBe === undefined) return `its attribute ${is.name} is to go`;
    if (is.name !== toBe.name) return `its attribute ${index} is ${is.name}, not ${toBe.name}`;
    if (is.value !== toBe.value) return `its ${is.name} is ${is.value}, not ${toBe.value}`;
  }
  return undefined;
}
