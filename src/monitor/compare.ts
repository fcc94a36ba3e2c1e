// What has changed between two looks at a host: pure functions.

import type { DeviceReport } from "../kernel/signs.ts";
import type { Observed, ObservedDevice } from "../observed.ts";
import { type DeviceStatus, describeDevice } from "../status/document.ts";
import type { DeviceChange, ParentChange } from "./event.ts";

export type Change = DeviceChange | ParentChange;

/** What a look has seen. */
export interface Seen {
  /** By name. */
  readonly parents: ReadonlyMap<string, SeenParent>;
  /** By parent and UUID. */
  readonly devices: ReadonlyMap<string, SeenDevice>;
}

type SeenParent = Pick<ParentChange, "framework" | "parent" | "card">;

interface SeenDevice {
  readonly row: DeviceStatus;
  /** Its definition as a text, to compare. */
  readonly definition: string | undefined;
}

export function describeSeen({ parents, devices, brokenDefinitions }: Observed): Seen {
  const broken = new Set(brokenDefinitions.map(keyOf));
  return {
    parents: new Map(parents.map(({ name, framework, card = null }) => [name, { framework, parent: name, card }])),
    devices: new Map(devices.map((device) => [keyOf(device), describeSeenDevice(device, broken)])),
  };
}

function describeSeenDevice(device: ObservedDevice, broken: ReadonlySet<string>): SeenDevice {
  const row = describeDevice(device, broken);
  const { type, start, attributes } = device.definition ?? {};
  return { row, definition: row.defined ? JSON.stringify([type, start, attributes]) : undefined };
}

function keyOf({ parent, uuid }: { readonly parent: string; readonly uuid: string }): string {
  return `${parent}/${uuid}`;
}

export function listSeen({ parents, devices }: Seen): Change[] {
  return [
    ...Array.from(parents.values(), (parent) => describeParent("parent-present", parent)),
    ...Array.from(devices.values(), ({ row }) => describeChange("present", row)),
  ];
}

/**
 * In an order in which each change is possible. What the kernel has reported between the looks tells of devices that were stopped
 * and started again, or started and stopped again; otherwise what came and went in between leaves no trace.
 */
export function compareSeen(before: Seen, after: Seen, reports: readonly DeviceReport[]): Change[] {
  const stopped = new Set(reports.filter(({ what }) => what === "stopped").map(keyOf));
  const keys = [...new Set([...before.devices.keys(), ...after.devices.keys()])];
  const pairs = keys.map((key) => createPair(before.devices.get(key), after.devices.get(key), stopped.has(key)));
  return [
    ...pairs.flatMap(findEnd),
    ...compareParents(before, after),
    ...pairs.flatMap(findBeginning),
    ...findShortLives(before, after, reports),
  ];
}

/** A device in both looks. */
interface Pair {
  readonly old: SeenDevice | undefined;
  readonly now: SeenDevice | undefined;
  /** It was active, and is again. */
  readonly isRestarted: boolean;
}

function createPair(old: SeenDevice | undefined, now: SeenDevice | undefined, isReported: boolean): Pair {
  const isRestarted = isActive(old) && isActive(now) && (isReported || old?.row.type !== now?.row.type);
  return { old, now, isRestarted };
}

function isActive(device: SeenDevice | undefined): boolean {
  return device?.row.active === true;
}

function findEnd({ old, now, isRestarted }: Pair): DeviceChange[] {
  if (old === undefined) return [];
  const rest = now?.row ?? { ...old.row, ...undefinedFields, ...inactiveFields };
  return [
    ...(isActive(old) && (!isActive(now) || isRestarted)
      ? [describeChange("stopped", { ...rest, ...inactiveFields })]
      : []),
    ...(old.row.defined && !rest.defined ? [describeChange("undefined", rest)] : []),
  ];
}

function findBeginning({ old, now, isRestarted }: Pair): DeviceChange[] {
  if (now === undefined) return [];
  const isChanged = now.definition !== undefined && now.definition !== old?.definition;
  return [
    ...(isChanged ? [describeChange(old?.row.defined ? "modified" : "defined", now.row)] : []),
    ...(isActive(now) && (!isActive(old) || isRestarted) ? [describeChange("started", now.row)] : []),
  ];
}

/** Of devices that were active between the looks, and in neither of them. */
function findShortLives(before: Seen, after: Seen, reports: readonly DeviceReport[]): DeviceChange[] {
  const started = new Map(reports.filter(({ what }) => what === "started").map((report) => [keyOf(report), report]));
  return Array.from(started).flatMap(([key, report]) => {
    const now = after.devices.get(key);
    if (isActive(before.devices.get(key)) || isActive(now)) return [];
    const row = now?.row ?? describeReport(report);
    return [describeChange("started", { ...row, active: true }), describeChange("stopped", row)];
  });
}

function compareParents(before: Seen, after: Seen): ParentChange[] {
  const removed = Array.from(before.parents.values()).filter(({ parent }) => !after.parents.has(parent));
  const added = Array.from(after.parents.values()).filter(({ parent }) => !before.parents.has(parent));
  return [
    ...removed.map((parent) => describeParent("parent-removed", parent)),
    ...added.map((parent) => describeParent("parent-added", parent)),
  ];
}

const inactiveFields = { active: false, owner: null, in_use: false, users: [] } as const;
const undefinedFields = { start: null, defined: false, attrs: [] } as const;

/** The kernel says no more than this. */
function describeReport({ uuid, parent, framework }: DeviceReport): DeviceStatus {
  const fields = { ...undefinedFields, ...inactiveFields };
  return { uuid, parent, card: null, framework, type: "", type_name: null, ...fields };
}

/** The same fields come first in each event. */
function describeChange(event: DeviceChange["event"], row: DeviceStatus): DeviceChange {
  const { framework, uuid, parent, type, ...rest } = row;
  return { event, framework, uuid, parent, type, ...rest };
}

function describeParent(event: ParentChange["event"], { framework, parent, card }: SeenParent): ParentChange {
  return { event, framework, uuid: null, parent, type: null, card };
}

/** Starts and stops that a look has shown before the kernel's report of them came: how many, by what and device. */
export type Told = Map<string, number>;

/** Those that are news: the reports that a look was ahead of are taken from what has been told. */
export function dropTold(reports: readonly DeviceReport[], told: Told): DeviceReport[] {
  return reports.filter((report) => {
    const key = `${report.what} ${keyOf(report)}`;
    const count = told.get(key) ?? 0;
    if (count > 1) told.set(key, count - 1);
    else told.delete(key);
    return count === 0;
  });
}

/** Adds the changes of a look that the kernel has not reported by then. */
export function addTold(changes: readonly Change[], reports: readonly DeviceReport[], told: Told): void {
  const left = reports.map((report) => `${report.what} ${keyOf(report)}`);
  for (const change of changes) {
    if (change.uuid === null || (change.event !== "started" && change.event !== "stopped")) continue;
    const key = `${change.event} ${keyOf(change)}`;
    const at = left.indexOf(key);
    if (at >= 0) left.splice(at, 1);
    else told.set(key, (told.get(key) ?? 0) + 1);
  }
}
