// How many more devices of each type a card has room for. Each of its parents takes one device, and lists what it could become now;
// the sum over parents promises far too much, because all share the card's memory.

import type { Parent, Type, TypeSize } from "./framework.ts";

/** A type on a card. */
export interface CardType {
  readonly type: string;
  /** For people; empty where it is not known. */
  readonly name: string;
  /** What one device takes; undefined where it is not known. */
  readonly size: TypeSize | undefined;
  readonly active: number;
  /** How many free parents could become one, each taken by itself: more than that there cannot be. */
  readonly offers: number;
  /** How many more there can be; undefined where nobody can know. */
  readonly free: number | undefined;
}

export interface Capacity {
  readonly types: readonly CardType[];
  /** Of the card, in bytes; undefined where it is not known. */
  readonly memory: number | undefined;
  /** Whether devices of different sizes are possible; undefined while nothing tells. */
  readonly mixedSizes: boolean | undefined;
}

export interface CardState {
  readonly parents: readonly Parent[];
  readonly active: readonly { readonly parent: string; readonly type: string }[];
  /** Of all types; none where nobody has asked the driver. */
  readonly sizes: readonly TypeSize[];
}

/** Types are sorted by the memory that they take, the smallest first. */
export function findCapacity({ parents, active, sizes }: CardState): Capacity {
  const taken = new Set(active.map(({ parent }) => parent));
  const offers = new Map<string, { readonly type: Type; count: number }>();
  for (const { name, types } of parents) {
    for (const type of types) {
      const offer = offers.get(type.name) ?? { type, count: 0 };
      if (!taken.has(name) && type.availableInstances > 0) offer.count++;
      offers.set(type.name, offer);
    }
  }
  const known = new Map(sizes.map((size) => [size.type, size]));
  for (const { type } of offers.values()) {
    const size = known.has(type.name) ? undefined : guessSize(type);
    if (size !== undefined) known.set(type.name, size);
  }
  const counts = new Map<string, number>();
  for (const { type } of active) counts.set(type, (counts.get(type) ?? 0) + 1);

  const offered = [...offers].filter(([, { count }]) => count > 0).map(([name]) => known.get(name)?.memory);
  const room = measureRoom({ active, known, offered, areSizesKnown: sizes.length > 0 });
  const names = [...new Set([...offers.keys(), ...counts.keys(), ...known.keys()])];
  const types = names.map((type): CardType => {
    const size = known.get(type);
    const count = offers.get(type)?.count ?? 0;
    return {
      type,
      name: size?.name || offers.get(type)?.type.label || "",
      size,
      active: counts.get(type) ?? 0,
      offers: count,
      // One is offered now, whatever the arithmetic says.
      free: count < 2 ? count : limit(countRoom(room, size), count),
    };
  });
  return { types: types.sort(compareSizes), memory: room.memory, mixedSizes: room.mixedSizes };
}

function limit(room: number | undefined, offers: number): number | undefined {
  return room === undefined ? undefined : Math.max(1, Math.min(room, offers));
}

interface Known {
  readonly active: CardState["active"];
  readonly known: ReadonlyMap<string, TypeSize>;
  /** The sizes of the types that free parents offer. */
  readonly offered: readonly (number | undefined)[];
  /** Of all types that the card can have, whatever it offers now. */
  readonly areSizesKnown: boolean;
}

function measureRoom({ active, known, offered, areSizesKnown }: Known): Room {
  const sizes = active.map(({ type }) => known.get(type));
  const used = sizes.map((size) => size?.memory);
  const isKnown = [...used, ...offered].every((memory) => memory !== undefined);
  const mixedSizes = active.length === 0 || !isKnown ? undefined : new Set([...used, ...offered]).size > 1;
  // There is a type that takes all of it, and while nothing is active it is among those that are offered.
  const whole = [...known.values()].filter(({ isOfSlice }) => !isOfSlice);
  const memory =
    areSizesKnown || active.length === 0
      ? whole.reduce<number | undefined>((most, size) => Math.max(most ?? 0, size.memory * (size.most ?? 1)), undefined)
      : undefined;
  return { memory, mixedSizes, active: sizes };
}

/** What there is room for, as far as memory and sizes count. */
export interface Room extends Pick<Capacity, "memory" | "mixedSizes"> {
  /** What each device takes that is active; undefined where it is not known. */
  readonly active: readonly (TypeSize | undefined)[];
}

/** How many more devices of this size there can be, if enough parents are free; undefined where nobody can know. */
export function countRoom({ memory, mixedSizes, active }: Room, size: TypeSize | undefined): number | undefined {
  // A slice of a card takes devices of its own.
  if (size === undefined || size.isOfSlice || (active.length > 0 && mixedSizes === undefined)) return undefined;
  if (mixedSizes === true) {
    const left = active.reduce<number | undefined>((rest, taken) => subtract(rest, taken?.memory), memory);
    return left === undefined ? undefined : Math.floor(left / size.memory);
  }
  if (active.some((other) => other !== undefined && other.memory !== size.memory)) return 0;
  const most = size.most ?? (memory === undefined ? undefined : Math.floor(memory / size.memory));
  return most === undefined ? undefined : most - active.length;
}

function subtract(from: number | undefined, amount: number | undefined): number | undefined {
  return from === undefined || amount === undefined ? undefined : from - amount;
}

function compareSizes(a: CardType, b: CardType): number {
  const difference = (a.size?.memory ?? 0) - (b.size?.memory ?? 0);
  if (difference !== 0) return difference;
  return a.type < b.type ? -1 : 1;
}

const mebibyte = 1024 * 1024;

/** NVIDIA's names tell the memory: an L40S-8Q has 8 GiB. Its driver's texts on the mdev bus tell more. */
export function guessSize({
  name,
  label,
  description,
}: Pick<Type, "name" | "label" | "description">): TypeSize | undefined {
  const [, slice, named] = /-(\d+-)?(\d+)[ABCQ]/.exec(label) ?? [];
  const [, told] = /\bframebuffer=(\d+)M\b/.exec(description) ?? [];
  const [, most] = /\bmax_instance=(\d+)\b/.exec(description) ?? [];
  // The smallest of old cards have half a gibibyte, and a 0 in their names.
  const memory = told ?? (named === undefined ? undefined : Number(named) * 1024 || 512);
  if (memory === undefined) return undefined;
  return {
    type: name,
    name: label,
    memory: Number(memory) * mebibyte,
    most: most === undefined ? undefined : Number(most),
    isOfSlice: slice !== undefined,
  };
}
