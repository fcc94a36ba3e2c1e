// All frameworks, and which of them a parent belongs to.

import type { Host } from "../host.ts";
import type { Framework, Parent } from "./framework.ts";
import { mdev } from "./mdev/mdev.ts";

/** The last one has every parent that no other has; it says so when there is no such parent at all. */
const others: readonly Framework[] = [];
export const frameworks: readonly Framework[] = [...others, mdev];

export function frameworkOf(host: Host, parent: string): Framework {
  return others.find((framework) => framework.hasParent(host, parent)) ?? mdev;
}

/** As `findParents` of a framework, of all of them. */
export function* findParents(host: Host, only?: string): Generator<Parent> {
  for (const framework of frameworks) yield* framework.findParents(host, only);
}
