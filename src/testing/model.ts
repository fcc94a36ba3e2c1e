// A host as a few numbers: what is observed of it, and what its drivers do with the steps of a plan. For tests of plans, of which there
// are very many.

import type { DeviceStep, PlannedDevice, Step } from "../desired/step.ts";
import type { Configuration } from "../device.ts";
import { findCapacity } from "../kernel/capacity.ts";
import type { ActiveDevice, Type, TypeSize } from "../kernel/framework.ts";
import type { Usage } from "../kernel/users.ts";
import type { Observed, ObservedCard, ObservedDevice, ObservedParent } from "../observed.ts";
import type { Uuid } from "../uuid.ts";

export interface Model {
  readonly cards: readonly ModelCard[];
  readonly parents: readonly ModelParent[];
  readonly devices: readonly ModelDevice[];
}

export interface ModelCard {
  readonly address: string;
  /** How many virtual functions it can have. */
  readonly limit: number;
  readonly hasFunctions: boolean;
  readonly isMixed: boolean;
  /** In GiB. */
  readonly memory: number;
  readonly types: readonly { readonly type: string; readonly name: string; readonly size: number }[];
  /** Whether its driver tells the sizes of types that it does not offer now. */
  readonly tellsSizes: boolean;
  readonly pciId?: string;
}

export interface ModelParent {
  readonly name: string;
  readonly capacity: number;
  readonly types: readonly { readonly type: string; readonly size: number }[];
  readonly driver?: string;
}

export interface ModelDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  /** Its type while it is active. */
  readonly active?: string | undefined;
  /** What it has got, in the order in which it was written. */
  readonly attributes?: Configuration["attributes"];
  readonly definition?: Configuration | undefined;
  /** The virtual machine that uses it. */
  readonly user?: string | undefined;
  /** Whether nobody can tell if a process uses it. */
  readonly isUseUnknown?: boolean | undefined;
}

const gibibyte = 1024 ** 3;

/** The addresses of the virtual functions that it has, or would have. */
export function functionsOf({ address, limit }: ModelCard): string[] {
  const bus = address.slice(0, address.lastIndexOf(":"));
  return Array.from(
    { length: limit },
    (_, index) => `${bus}:${((index >> 3) + 1).toString(16).padStart(2, "0")}.${index & 7}`,
  );
}

/** What its drivers and directories would show. */
export function observeModel(model: Model): Observed {
  const parents = [
    ...model.cards.flatMap((card) => observeFunctions(model, card)),
    ...model.parents.map((parent) => observeParent(model, parent)),
  ];
  const cardOf = new Map(
    model.cards.flatMap((card) => (card.hasFunctions ? functionsOf(card) : []).map((name) => [name, card] as const)),
  );
  const devices = model.devices.map((device) => observeDevice(device, cardOf.get(device.parent)));
  return {
    cards: model.cards.map((card) => observeCard(model, card, parents)),
    parents: parents.sort((a, b) => (a.name < b.name ? -1 : 1)),
    devices: devices.sort((a, b) => (`${a.parent}/${a.uuid}` < `${b.parent}/${b.uuid}` ? -1 : 1)),
    brokenDefinitions: [],
    unread: [],
  };
}

function activeOn(model: Model, parents: readonly string[]): ActiveDevice[] {
  return model.devices.flatMap(({ uuid, parent, active: type, definition }) =>
    type === undefined || !parents.includes(parent)
      ? []
      : [{ uuid, parent, type, owner: definition === undefined ? "foreign" : "claim" } as const],
  );
}

function toSize({ type, name, size }: ModelCard["types"][number], memory: number): TypeSize {
  return { type, name, memory: size * gibibyte, most: Math.floor(memory / size), isOfSlice: false };
}

function observeCard(model: Model, card: ModelCard, parents: readonly ObservedParent[]): ObservedCard {
  const functions = card.hasFunctions ? functionsOf(card) : [];
  const sizes = card.tellsSizes ? card.types.map((type) => toSize(type, card.memory)) : [];
  const own = parents.filter(({ card: address }) => address === card.address);
  return {
    ...{
      address: card.address,
      model: "NVIDIA X",
      functions,
      functionLimit: card.limit,
      places: functionsOf(card),
      sizes,
    },
    ...findCapacity({ parents: own, active: activeOn(model, functions), sizes }),
    framework: card.hasFunctions ? "nvidia-vf" : undefined,
    driver: "nvidia",
    pciId: card.pciId,
  };
}

/** What the driver lets this function become now. */
export function creatable(model: Model, card: ModelCard, name: string): ModelCard["types"] {
  const active = activeOn(model, functionsOf(card));
  if (active.some(({ parent }) => parent === name)) return [];
  const taken = active.flatMap(({ type }) => card.types.filter((each) => each.type === type).map(({ size }) => size));
  const left = taken.reduce((rest, size) => rest - size, card.memory);
  return card.types.filter(({ size }) => size <= left && (card.isMixed || taken.every((other) => other === size)));
}

function observeFunctions(model: Model, card: ModelCard): ObservedParent[] {
  return (card.hasFunctions ? functionsOf(card) : []).map((name) => ({
    ...{ name, card: card.address, framework: "nvidia-vf" as const, driver: undefined },
    types: creatable(model, card, name).map((type) => describeType(type.type, type.name, 1)),
  }));
}

function observeParent(model: Model, { name, capacity, types, driver }: ModelParent): ObservedParent {
  const left = roomOf(model, { name, capacity, types });
  return {
    name,
    framework: "mdev",
    driver,
    types: types.map(({ type, size }) => describeType(type, "", Math.floor(left / size))),
  };
}

function roomOf(model: Model, { name, capacity, types }: ModelParent): number {
  const sizes = new Map(types.map(({ type, size }) => [type, size]));
  return activeOn(model, [name]).reduce((left, { type }) => left - (sizes.get(type) ?? 0), capacity);
}

function describeType(name: string, label: string, availableInstances: number): Type {
  return { name, availableInstances, deviceApi: "vfio-pci", label, description: "" };
}

function observeDevice(
  { uuid, parent, active, definition, user, isUseUnknown = false }: ModelDevice,
  card: ModelCard | undefined,
): ObservedDevice {
  const type = active ?? definition?.type;
  const users = [{ pid: 4242, program: "qemu-system-x86_64", vm: { name: user, uuid: undefined } }];
  const unused: Usage = { kind: isUseUnknown ? "unknown" : "unused" };
  const usage: Usage = user === undefined ? unused : { kind: "used", users };
  return {
    ...{ uuid, parent, card: card?.address, framework: card === undefined ? "mdev" : "nvidia-vf" },
    active:
      active === undefined
        ? undefined
        : { uuid, parent, type: active, owner: definition === undefined ? "foreign" : "claim" },
    definition: definition && { uuid, parent, ...definition },
    typeName: card?.types.find((each) => each.type === type)?.name,
    usage,
  };
}

/** What the host is after a step. Throws an Error if a driver would refuse it, or mdevctl. */
export function takeStep(model: Model, step: Step, nameNew: (device: PlannedDevice) => Uuid): Model {
  if ("card" in step) {
    const isIdle = !model.devices.some(
      ({ parent, active }) => active !== undefined && functionsOf(cardNamed(model, step.card)).includes(parent),
    );
    if (!isIdle) throw new Error(`${step.do} on a card with devices`);
    const change = {
      "make-vfs": { hasFunctions: true, isMixed: false },
      "mix-sizes": { isMixed: true },
      "unmix-sizes": { isMixed: false },
    }[step.do];
    return { ...model, cards: model.cards.map((card) => (card.address === step.card ? { ...card, ...change } : card)) };
  }
  return takeDeviceStep(model, step, step.device.uuid ?? nameNew(step.device));
}

function cardNamed({ cards }: Model, address: string): ModelCard {
  const card = cards.find((each) => each.address === address);
  if (card === undefined) throw new Error(`there is no card ${address}`);
  return card;
}

function takeDeviceStep(model: Model, step: DeviceStep, uuid: Uuid): Model {
  const { parent, type, typeName, start, attributes } = step.device;
  const isThis = (device: ModelDevice) => device.uuid === uuid && device.parent === parent;
  const old = model.devices.find(isThis);
  const others = model.devices.filter((device) => !isThis(device));
  const ensure = (condition: boolean, problem: string) => {
    if (!condition) throw new Error(`${step.do} ${uuid} on ${parent}: ${problem}`);
  };
  const become = (changed: Partial<ModelDevice>): Model => {
    const device = { uuid, parent, ...old, ...changed };
    return {
      ...model,
      devices: device.active === undefined && device.definition === undefined ? others : [...others, device],
    };
  };
  switch (step.do) {
    case "stop":
      ensure(old?.active !== undefined, "it is not active");
      ensure(old?.user === undefined, "it is in use");
      return become({ active: undefined, attributes: [] });
    case "undefine":
      ensure(old?.definition !== undefined, "it is not defined");
      return become({ definition: undefined });
    case "define":
    case "modify":
      ensure((old?.definition === undefined) === (step.do === "define"), "it is defined, or is not");
      return become({ definition: { type, typeName, start, attributes } });
    case "change":
      ensure(old?.active === type && old.user === undefined, "it is not active, or in use");
      ensure(old?.definition?.type === type, "it is not defined");
      return become({ attributes, definition: { type, typeName, start, attributes } });
    case "start":
      ensure(old?.active === undefined, "it is active");
      ensure(!others.some((device) => device.uuid === uuid && device.active !== undefined), "it is active elsewhere");
      ensure(isStartable(model, parent, type), "there is no room");
      return become({ active: type, attributes });
  }
}

function isStartable(model: Model, name: string, type: string): boolean {
  const card = model.cards.find((each) => each.hasFunctions && functionsOf(each).includes(name));
  if (card !== undefined) return creatable(model, card, name).some((each) => each.type === type);
  const parent = model.parents.find((each) => each.name === name);
  const size = parent?.types.find((each) => each.type === type)?.size;
  return parent !== undefined && size !== undefined && size <= roomOf(model, parent);
}
