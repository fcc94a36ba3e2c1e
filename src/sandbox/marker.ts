// The file at the root of a sandbox that has its kernel simulated. By itself, because every run looks for it, and only those
// that find it load the rest.

import type { System } from "../system.ts";
import { missing, unless } from "../system-error.ts";

export function isSandbox(system: System, root: string): boolean {
  return unless(missing, () => system.stat(markerPath(root))) !== undefined;
}

export function markerPath(root: string): string {
  return `${root}/mdevctl-sandbox.json`;
}
