// A plan, or what came of it, as plain data: the JSON of `plan` and `apply`. See THE PLAN AS JSON in mdevctl(8), and
// docs/plan.schema.json.

import { describeUser, type UserStatus } from "../status/document.ts";
import type { Applied } from "./applied.ts";
import type { Plan } from "./plan.ts";
import { describeState, type Row, type State, type StatePlace, toRow } from "./state.ts";
import { type PlannedDevice, type Reason, type Step, toPlanned } from "./step.ts";

export interface PlanDocument {
  readonly version: 1;
  /** Whether the host is as the files say. */
  readonly in_sync: boolean;
  /** The cards and parents of the files, as they are and as they will be. */
  readonly before: State;
  readonly after: State;
  readonly steps: readonly StepDocument[];
  readonly blocked: readonly BlockedDocument[];
  /** Devices there that the files do not name. */
  readonly unmanaged: readonly DeviceDocument[];
  readonly warnings: readonly string[];
}

export interface StepDocument extends Reason {
  readonly do: Step["do"];
  /** Undefined for a step that concerns a card as a whole. */
  readonly device?: DeviceDocument;
  readonly card?: string;
  /** Of `apply`. */
  readonly result?: Result;
  /** Why it failed, and what to do about it. */
  readonly error?: string;
  readonly hint?: string;
}

export type Result = "done" | "failed" | "not-tried";

export interface BlockedDocument extends StepDocument {
  readonly users: readonly UserStatus[];
}

export interface DeviceDocument {
  /** Null for one that gets its UUID when it is made. */
  readonly uuid: string | null;
  readonly parent: string;
  readonly card: string | null;
  readonly type: string;
  readonly type_name: string | null;
  readonly start: "auto" | "manual";
  readonly attrs: readonly Readonly<Record<string, string>>[];
}

/** A plan that nobody has tried. */
export function describePlan(plan: Plan): PlanDocument {
  return {
    version: 1,
    in_sync: plan.steps.length === 0 && plan.blocked.length === 0,
    before: stateBefore(plan),
    after: describeState(placesOf(plan), followSteps(plan), { isExact: true }),
    steps: plan.steps.map(describeStep),
    ...describeRest(plan),
  };
}

/** What came of a plan. */
export function describeApplied({ before, after, taken, error: obstacle }: Applied): PlanDocument {
  return {
    version: 1,
    in_sync: obstacle === undefined && after.steps.length === 0 && after.blocked.length === 0,
    before: stateBefore(before),
    after: stateBefore(after),
    steps: taken.map(({ step, result, error, hint }) => ({
      ...describeStep(step),
      result,
      ...(error !== undefined && { error }),
      ...(hint !== undefined && { hint }),
    })),
    ...describeRest(after),
  };
}

/** In the form of a file. */
export function stateBefore(plan: Plan): State {
  return describeState(placesOf(plan), plan.devices.flatMap(toRow), { isExact: true });
}

function placesOf({ areas }: Plan): StatePlace[] {
  return areas.map(({ name, card, places, mixedSizes }) => {
    return { kind: card === undefined ? "parent" : "card", name, places, mixedSizes };
  });
}

function describeRest({ blocked, unmanaged, warnings }: Plan) {
  return {
    blocked: blocked.map((each) => ({ ...describeStep(each), users: each.users.map(describeUser) })),
    unmanaged: unmanaged.map((device) => describeDevice(toPlanned(device))),
    warnings,
  };
}

function describeStep(step: Step): StepDocument {
  const { do: action, code, why } = step;
  return "card" in step
    ? { do: action, card: step.card, code, why }
    : { do: action, device: describeDevice(step.device), code, why };
}

function describeDevice({ uuid, parent, card, type, label, start, attributes }: PlannedDevice): DeviceDocument {
  return {
    ...{ uuid: uuid ?? null, parent, card: card ?? null, type, type_name: label ?? null, start },
    attrs: attributes.map(({ name, value }) => ({ [name]: value })),
  };
}

/** What is defined when all is done, in the order of the places. */
function followSteps({ devices, steps }: Plan): Row[] {
  const rows = new Map<string | PlannedDevice, Row>();
  const keyOf = (device: PlannedDevice) => (device.uuid === undefined ? device : `${device.parent}/${device.uuid}`);
  const active = new Set<string | PlannedDevice>();
  for (const device of devices) {
    const planned = toPlanned(device);
    if (device.active !== undefined) active.add(keyOf(planned));
    for (const row of toRow(device)) rows.set(keyOf(planned), row);
  }
  for (const step of steps) {
    if ("card" in step) continue;
    const key = keyOf(step.device);
    if (step.do === "start") active.add(key);
    if (step.do === "stop") active.delete(key);
    else if (step.do === "undefine") rows.delete(key);
    else rows.set(key, { device: step.device, isActive: false });
  }
  return [...rows]
    .map(([key, { device }]) => ({ device, isActive: active.has(key) }))
    .sort((a, b) => (a.device.parent < b.device.parent ? -1 : a.device.parent > b.device.parent ? 1 : 0));
}
