// Whether the IOMMU is on, by its effect: then the kernel puts devices into groups. Its command line proves nothing.

import type { Host } from "../host.ts";
import { missing, unless } from "../system-error.ts";

export interface IommuGroups {
  readonly path: string;
  readonly count: number;
}

/** Throws a SystemError. */
export function countIommuGroups({ system, paths }: Host): IommuGroups {
  const path = `${paths.root}/sys/kernel/iommu_groups`;
  return { path, count: (unless(missing, () => system.readDirectory(path)) ?? []).length };
}
