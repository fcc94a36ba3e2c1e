// Types that have another number now than when they were defined; their names tell.

import type { Device } from "../device.ts";
import type { Situation } from "./situation.ts";

export interface Renumbered {
  readonly device: Device;
  /** What the type is now. */
  readonly now: string;
}

/** On a card that is full nobody can tell. */
export function* findRenumbered({ defined, parents, cards }: Situation): Generator<Renumbered> {
  for (const { device } of defined) {
    const { parent, type, typeName } = device;
    if (typeName === undefined) continue;
    const names = [parent, ...(cards.get(parent)?.functions ?? [])];
    const offered = names.flatMap((name) => parents.get(name)?.types ?? []).filter(({ label }) => label === typeName);
    const now = offered[0]?.name;
    if (now !== undefined && !offered.some(({ name }) => name === type)) yield { device, now };
  }
}
