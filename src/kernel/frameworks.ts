// All frameworks, and which of them a parent belongs to.

import type { Host } from "../host.ts";
import type { Framework, Parent } from "./framework.ts";
import { mdev } from "./mdev/mdev.ts";

/** Every parent that is in none of these belongs to mdev, whose `create` says so if it does not exist. */
const others: readonly Framework[] = [];

export const frameworks: readonly Framework[] = [...others, mdev];

export function frameworkOf(host: Host, parent: string): Framework {
  return others.find((framework) => framework.hasParent(host, parent)) ?? mdev;
}

/** As a framework's `parentNames`, but of all frameworks. */
export function parentNames(host: Host): string[] {
  return frameworks.flatMap((framework) => framework.parentNames(host));
}

/** As a framework's `findParents`, but of all frameworks. */
export function* findParents(host: Host, only?: string): Generator<Parent> {
  for (const framework of frameworks) yield* framework.findParents(host, only);
}
