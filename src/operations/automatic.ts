// Which devices are to start automatically. Separate from autostart.ts, because mostly there are none.

import type { Device } from "../device.ts";
import type { Host } from "../host.ts";
import { parentsNamed } from "../kernel/active.ts";
import { readDefinitions } from "../store.ts";

export interface Automatic {
  readonly devices: readonly Device[];
  /** Of a card, whose parents may still be coming. */
  readonly areOfCard: boolean;
}

/** Those of the parent of this name, or of the parents of the card. */
export function findAutomatic(host: Host, name: string): Automatic {
  const parents = parentsNamed(host, name);
  const devices = parents.flatMap((parent) => [...readDefinitions(host, { parent })]);
  return { devices: devices.filter(({ start }) => start === "auto"), areOfCard: parents.length > 1 };
}
