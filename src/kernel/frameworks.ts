// All frameworks, and which of them a parent belongs to.

import type { Device } from "../device.ts";
import type { Host } from "../host.ts";
import { hintAboutParents } from "./failures.ts";
import type { Framework, Parent } from "./framework.ts";
import { mdev } from "./mdev/mdev.ts";
import { nvidiaVf } from "./nvidia/nvidia.ts";

/** Every parent that is in none of these belongs to mdev, whose `create` says so if it does not exist. */
const others: readonly Framework[] = [nvidiaVf];

export const frameworks: readonly Framework[] = [...others, mdev];

export function frameworkOf(host: Host, parent: string): Framework {
  return others.find((framework) => framework.hasParent(host, parent)) ?? mdev;
}

/** As a framework's `parentsOf`, but of all frameworks. */
export function parentsOf(host: Host, card: string): string[] {
  return frameworks.flatMap((framework) => framework.parentsOf(host, card));
}

/** As a framework's `resolveType`; the parent may be a card. */
export function resolveType(
  host: Host,
  typed: Pick<Device, "parent" | "type">,
  failure: string,
): Pick<Device, "type" | "typeName"> {
  const framework = others.find((other) => other.parentsOf(host, typed.parent).length > 0);
  return (framework ?? frameworkOf(host, typed.parent)).resolveType(host, typed, failure);
}

/** As a framework's `isChanging`, but of all frameworks. */
export function isChanging(host: Host, card: string): boolean {
  return frameworks.some((framework) => framework.isChanging(host, card));
}

/** What to do about a parent that is not there. */
export function hintAboutParent(host: Host, parent: string): string {
  const known = frameworks
    .map((framework) => framework.explainAbsence(host, parent))
    .find((hint) => hint !== undefined);
  return known ?? hintAboutParents(parent, parentNames(host));
}

/** As a framework's `parentNames`, but of all frameworks. */
export function parentNames(host: Host): string[] {
  return frameworks.flatMap((framework) => framework.parentNames(host)).sort();
}

/** As a framework's `findParents`, but of all frameworks. */
export function* findParents(host: Host, only?: string): Generator<Parent> {
  const waiting = others.flatMap((framework) => [...framework.findParents(host, only)]);
  for (const parent of mdev.findParents(host, only)) {
    while (waiting[0] !== undefined && waiting[0].name < parent.name) yield* waiting.splice(0, 1);
    yield parent;
  }
  yield* waiting;
}
