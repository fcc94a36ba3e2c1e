// What is measured of a host: a pure function of what was observed. A parent is a card as a whole, never each of its virtual
// functions, of which there can be hundreds. docs/metrics.md lists the families, and a test compares.

import type { ApplyRecord, Left } from "../desired/record.ts";
import type { Check } from "../doctor/finding.ts";
import { groupBy } from "../group.ts";
import type { CardStatus, DeviceStatus, ParentStatus, StatusDocument } from "../status/document.ts";
import type { Family, Sample } from "./family.ts";

export interface Measured {
  readonly version: string;
  readonly status: StatusDocument;
  /** What is looked for, found or not. */
  readonly checks: readonly Check[];
  readonly applied: Pick<ApplyRecord, "time" | "left"> | undefined;
  /** What would have to be done now for the host to be as was last applied; undefined if nobody can tell any more. */
  readonly planned: Left | undefined;
}

export function describeFamilies({ version, status, checks, applied, planned }: Measured): Family[] {
  const { cards, problems } = status;
  const devices = chooseRows(status.devices);
  const left = planned ?? applied?.left;
  const parents = [...cards.map(toParent), ...status.parents.flatMap(toParentAlone)];
  const active = devices.filter((device) => device.active);
  return [
    createFamily("build_info", "The version of mdevctl", [{ labels: { version }, value: 1 }]),
    createFamily(
      "parent_info",
      "A card or another parent",
      parents.map(({ parent, framework, driver }) => ({ labels: { parent, framework, driver }, value: 1 })),
    ),
    createFamily(
      "type_info",
      "A type that a parent has, and what its driver calls it",
      parents.flatMap(({ parent, types }) =>
        types.map(({ type, name }) => ({ labels: { parent, type, name }, value: 1 })),
      ),
    ),
    createFamily(
      "type_available",
      "How many more devices of a type a parent has room for",
      parents.flatMap(({ parent, types }) => types.flatMap(({ type, free }) => createSamples({ parent, type }, free))),
    ),
    createFamily("devices", "How many devices there are", countDevices(devices)),
    createFamily(
      "device_info",
      "A device that is active or defined",
      devices.map(({ uuid, parent, card, type, framework }) => {
        return {
          labels: { uuid, parent: card ?? parent, type, address: parent, framework: framework ?? "" },
          value: 1,
        };
      }),
    ),
    createFamily(
      "device_in_use",
      "Whether a process, most often a virtual machine, has an active device open",
      active.flatMap(({ uuid, in_use: isUsed }) => createSamples({ uuid }, isUsed === null ? null : Number(isUsed))),
    ),
    createFamily(
      "card_memory_bytes",
      "The memory of a card that its devices share",
      cards.flatMap(({ address, memory_bytes: memory }) => createSamples({ parent: address }, memory)),
    ),
    createFamily(
      "card_memory_allocated_bytes",
      "What the active devices of a card take of its memory",
      cards.flatMap(({ address, memory_used_bytes: memory }) => createSamples({ parent: address }, memory)),
    ),
    createFamily(
      "problems",
      "How many problems of a kind there are, as in mdevctl status",
      checks.map(({ code, severity }) => {
        return { labels: { code, severity }, value: problems.filter((problem) => problem.code === code).length };
      }),
    ),
    createFamily(
      "plan_changes",
      "How many steps the host is away from what was last applied, without those that are blocked",
      createSamples({}, left?.changes),
    ),
    createFamily(
      "plan_blocked",
      "How many steps cannot be done now, most often because a device is in use",
      createSamples({}, left?.blocked),
    ),
    createFamily(
      "plan_current",
      "Whether these two are of the files as they are now; otherwise they are as the last mdevctl apply left them",
      createSamples({}, applied && Number(planned !== undefined)),
    ),
    createFamily(
      "last_apply_success",
      "Whether the last mdevctl apply did all that was not blocked",
      createSamples({}, applied && Number(applied.left?.changes === 0)),
    ),
    createFamily(
      "last_apply_timestamp_seconds",
      "When the last mdevctl apply ended, in seconds since 1970",
      createSamples({}, applied && applied.time / 1000),
    ),
  ];
}

function createFamily(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `mdevctl_${name}`, help, samples };
}

/** None of what is not known. */
function createSamples(labels: Sample["labels"], value: number | null | undefined): Sample[] {
  return value === null || value === undefined ? [] : [{ labels, value }];
}

/** A card, or a parent that is no part of one. */
interface AnyParent {
  readonly parent: string;
  readonly framework: string;
  readonly driver: string;
  readonly types: readonly { readonly type: string; readonly name: string; readonly free: number | null }[];
}

function toParent({ address, framework, driver, types }: CardStatus): AnyParent {
  return {
    parent: address,
    framework: framework ?? "",
    driver: driver ?? "",
    types: types.map(({ type, name, free }) => ({ type, name: name ?? "", free })),
  };
}

function toParentAlone({ name: parent, card, framework, driver, types }: ParentStatus): AnyParent[] {
  if (card !== null) return [];
  const known = types.map(({ type, name, available_instances: free }) => ({ type, name: name ?? "", free }));
  return [{ parent, framework, driver: driver ?? "", types: known }];
}

/** A device that is active under one parent and defined under another is the active one. */
function chooseRows(rows: readonly DeviceStatus[]): readonly DeviceStatus[] {
  const chosen = new Map<string, DeviceStatus>();
  for (const row of rows) {
    if (!chosen.has(row.uuid) || row.active) chosen.set(row.uuid, row);
  }
  return Array.from(chosen.values());
}

const states = ["active", "defined", "failed", "foreign"] as const;

/** Each device is counted once. Of a type that has any, all states are there. */
function countDevices(devices: readonly DeviceStatus[]): Sample[] {
  const placed = devices.map((device) => ({
    parent: device.card ?? device.parent,
    type: device.type,
    state: stateOf(device),
  }));
  const kinds = groupBy(placed, ({ parent, type }) => JSON.stringify([parent, type]));
  return Array.from(kinds.values()).flatMap((kind) =>
    kind.slice(0, 1).flatMap(({ parent, type }) =>
      states.map((state) => {
        return { labels: { parent, type, state }, value: kind.filter((device) => device.state === state).length };
      }),
    ),
  );
}

/** A device that is to be active and is not has failed; one that is active without mdevctl is foreign. */
function stateOf({ active, owner, start }: DeviceStatus): (typeof states)[number] {
  if (active) return owner === "foreign" ? "foreign" : "active";
  return start === "auto" ? "failed" : "defined";
}
