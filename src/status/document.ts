// What `mdevctl status --json` writes: plain data with the field names of that format, which the manual describes and
// docs/status.schema.json holds fast. The text for people is made of it and of nothing else.

import type { Finding, Severity } from "../doctor/finding.ts";
import type { CardType } from "../kernel/capacity.ts";
import type { ActiveDevice, Type } from "../kernel/framework.ts";
import type { Usage, User } from "../kernel/users.ts";
import type { Observed, ObservedCard, ObservedDevice, ObservedParent } from "../observed.ts";

/** Null means everywhere that it is not known, or that there is none. */
export interface StatusDocument {
  readonly version: 1;
  readonly cards: readonly CardStatus[];
  readonly parents: readonly ParentStatus[];
  readonly devices: readonly DeviceStatus[];
  readonly problems: readonly ProblemStatus[];
}

export interface CardStatus {
  readonly address: string;
  readonly name: string | null;
  readonly framework: string | null;
  readonly driver: string | null;
  readonly vfs: { readonly possible: number; readonly made: number; readonly used: number };
  readonly memory_bytes: number | null;
  readonly memory_used_bytes: number | null;
  readonly mixed_sizes: boolean | null;
  readonly types: readonly CardTypeStatus[];
}

export interface CardTypeStatus {
  readonly type: string;
  readonly name: string | null;
  readonly memory_bytes: number | null;
  readonly active: number;
  /** How many more there is room for. */
  readonly free: number | null;
  /** How many free VFs offer it, each taken by itself: there cannot be more. */
  readonly offers: number;
}

export interface ParentStatus {
  readonly name: string;
  readonly card: string | null;
  readonly framework: string;
  /** Null for a part of a card. */
  readonly driver: string | null;
  readonly types: readonly ParentTypeStatus[];
}

export interface ParentTypeStatus {
  readonly type: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly device_api: string;
  readonly active: number;
  readonly available_instances: number;
}

export interface DeviceStatus {
  readonly uuid: string;
  readonly parent: string;
  readonly card: string | null;
  readonly framework: string | null;
  /** Of an active device that is defined with another type, the one that it has. */
  readonly type: string;
  readonly type_name: string | null;
  readonly start: "auto" | "manual" | null;
  readonly defined: boolean;
  readonly active: boolean;
  readonly owner: ActiveDevice["owner"] | null;
  readonly attrs: readonly Readonly<Record<string, string>>[];
  readonly in_use: boolean | null;
  readonly users: readonly UserStatus[];
}

export interface UserStatus {
  readonly pid: number;
  readonly program: string | null;
  readonly vm_name: string | null;
  readonly vm_uuid: string | null;
}

export interface ProblemStatus {
  readonly code: string;
  readonly severity: Severity;
  /** The device, definition, parent, card or file that it is about. */
  readonly object: string;
  readonly message: string;
  readonly hint: string | null;
  /** The UUIDs of devices and the names of parents that suffer from it too. */
  readonly concerns: readonly string[];
}

/** The document with devices that are made as they are asked for, because a host can have very many. */
export interface LongDocument extends Omit<StatusDocument, "devices"> {
  readonly devices: Iterable<DeviceStatus>;
}

export function describeHost(observed: Observed, findings: readonly Finding[]): LongDocument {
  const active = countTypes(observed.devices);
  const broken = new Set(observed.brokenDefinitions.map(({ parent, uuid }) => `${parent}/${uuid}`));
  return {
    version: 1,
    cards: observed.cards.map((card) => describeCard(card)),
    parents: observed.parents.map((parent) => describeParent(parent, active.get(parent.name))),
    devices: { [Symbol.iterator]: () => describeDevices(observed, broken) },
    problems: findings.map(describeFinding),
  };
}

/** By parents, then by types. */
function countTypes(devices: readonly ObservedDevice[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { parent, active } of devices) {
    if (active === undefined) continue;
    const types = counts.get(parent) ?? new Map<string, number>();
    types.set(active.type, (types.get(active.type) ?? 0) + 1);
    counts.set(parent, types);
  }
  return counts;
}

function describeCard(card: ObservedCard): CardStatus {
  const { address, model, framework, driver, functions, functionLimit, memory, mixedSizes, types } = card;
  const taken = types.map((type) => (type.active === 0 ? 0 : multiply(type.active, type.size?.memory)));
  return {
    address,
    name: model ?? null,
    framework: framework ?? null,
    driver: driver ?? null,
    vfs: {
      possible: functionLimit,
      made: functions.length,
      used: types.reduce((sum, { active }) => sum + active, 0),
    },
    memory_bytes: memory ?? null,
    memory_used_bytes: taken.reduce<number | null>(
      (sum, part) => (sum === null || part === null ? null : sum + part),
      0,
    ),
    mixed_sizes: mixedSizes ?? null,
    types: types.map(describeCardType),
  };
}

function multiply(count: number, memory: number | undefined): number | null {
  return memory === undefined ? null : count * memory;
}

function describeCardType({ type, name, size, active, free, offers }: CardType): CardTypeStatus {
  return { type, name: name || null, memory_bytes: size?.memory ?? null, active, free: free ?? null, offers };
}

function describeParent(
  { name, card, framework, driver, types }: ObservedParent,
  active: ReadonlyMap<string, number> | undefined,
): ParentStatus {
  return {
    name,
    card: card ?? null,
    framework,
    driver: driver ?? null,
    types: types.map((type) => describeType(type, active?.get(type.name) ?? 0)),
  };
}

function describeType(
  { name, label, description, deviceApi, availableInstances }: Type,
  active: number,
): ParentTypeStatus {
  return {
    type: name,
    name: label || null,
    description: description || null,
    device_api: deviceApi,
    active,
    available_instances: availableInstances,
  };
}

function* describeDevices({ devices }: Observed, broken: ReadonlySet<string>): Generator<DeviceStatus> {
  for (const device of devices) yield describeDevice(device, broken);
}

/** `broken` has the definitions that cannot be read, as `PARENT/UUID`. */
export function describeDevice(device: ObservedDevice, broken: ReadonlySet<string>): DeviceStatus {
  const { uuid, parent, card, framework, active, definition, typeName, usage } = device;
  return {
    uuid,
    parent,
    card: card ?? null,
    framework: framework ?? null,
    type: active?.type ?? definition?.type ?? "",
    type_name: typeName ?? null,
    start: definition?.start ?? null,
    defined: definition !== undefined || broken.has(`${parent}/${uuid}`),
    active: active !== undefined,
    owner: active?.owner ?? null,
    attrs: definition?.attributes.map(({ name, value }) => ({ [name]: value })) ?? [],
    in_use: describeUsage(usage),
    users: usage.kind === "used" ? usage.users.map(describeUser) : [],
  };
}

function describeUsage({ kind }: Usage): boolean | null {
  return kind === "unknown" ? null : kind === "used";
}

export function describeUser({ pid, program, vm }: User): UserStatus {
  return { pid, program: program ?? null, vm_name: vm.name ?? null, vm_uuid: vm.uuid ?? null };
}

function describeFinding({ code, severity, subject, message, fix, concerns = [] }: Finding): ProblemStatus {
  const hint = [fix.text, ...fix.commands].filter((text) => text !== "").join(" ");
  return { code, severity, object: subject, message, hint: hint || null, concerns };
}

/** The part that is about a card, a parent or a device, with the card and the parent of that. */
export function narrow(
  { cards, parents, devices, problems }: StatusDocument,
  subject: { readonly place: string } | { readonly uuid: string },
): StatusDocument {
  const isAt = (place: string, card: string | null) => "place" in subject && [place, card].includes(subject.place);
  const chosen = devices.filter(({ uuid, parent, card }) =>
    "uuid" in subject ? uuid === subject.uuid : isAt(parent, card),
  );
  const around = new Set<string | null>([
    "place" in subject ? subject.place : subject.uuid,
    ...chosen.flatMap(({ parent, card }) => [parent, card]),
  ]);
  const nearParents = parents.filter(({ name, card }) => around.has(name) || isAt(name, card));
  for (const { card } of nearParents) around.add(card);
  const objects = new Set([...around, ...nearParents.map(({ name }) => name), ...chosen.map(({ uuid }) => uuid)]);
  return {
    version: 1,
    cards: cards.filter(({ address }) => around.has(address)),
    parents: nearParents,
    devices: chosen,
    problems: problems.filter(({ object, concerns }) => [object, ...concerns].some((each) => objects.has(each))),
  };
}
