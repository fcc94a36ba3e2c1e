// Whether devices would fit on a card or a parent that has no others; if not, the arithmetic, for people.

import type { Device } from "./device.ts";
import type { Capacity } from "./kernel/capacity.ts";
import { countTypes } from "./kernel/failures.ts";
import type { ActiveDevice, Parent, TypeSize } from "./kernel/framework.ts";

type Typed = Pick<Device, "type">;

const gibibyte = 1024 ** 3;

export interface CardRoom extends Pick<Capacity, "memory" | "mixedSizes"> {
  /** By types. */
  readonly sizes: ReadonlyMap<string, TypeSize | undefined>;
}

/** Only what is certain: with unknown types, or slices of the card, nobody can tell. */
export function findCardExcess(
  devices: readonly Typed[],
  { memory, sizes: known, mixedSizes }: CardRoom,
): string | undefined {
  const sizes = devices.flatMap(({ type }) => known.get(type) ?? []);
  if (sizes.length < devices.length || sizes.some(({ isOfSlice }) => isOfSlice)) return undefined;
  const counted = countTypes(devices);
  const sum = sizes.reduce((total, size) => total + size.memory, 0);
  if (memory !== undefined && sum > memory) return `${counted} take ${sum / gibibyte} of ${memory / gibibyte} GiB`;
  const [first] = sizes;
  if (mixedSizes === false && sizes.some((size) => size.memory !== first?.memory)) {
    return `${counted} have different sizes`;
  }
  const isUniform = sizes.every(({ type }) => type === first?.type);
  const most = isUniform || mixedSizes === false ? first?.most : undefined;
  return most !== undefined && devices.length > most ? `${counted}, of which it takes ${most}` : undefined;
}

/** Types may share what the parent has, so only what is all of one type is certain. */
export function findParentExcess(
  { types }: Parent,
  devices: readonly Typed[],
  active: readonly Pick<ActiveDevice, "type">[],
): string | undefined {
  for (const { name, availableInstances } of types) {
    const wanted = devices.filter(({ type }) => type === name);
    if (wanted.length === 0 || active.some(({ type }) => type !== name)) continue;
    const room = availableInstances + active.length;
    if (wanted.length > room) return `${countTypes(wanted)}, of which it takes ${room}`;
  }
  return undefined;
}
