// The VFIO node that a sandbox has for a device, a plain file: whoever opens it uses the device, as a virtual machine would.

import { baseName } from "../paths.ts";
import type { System } from "../system.ts";
import { missing, unless } from "../system-error.ts";
import { directory, writeTree } from "./tree.ts";

interface Root {
  readonly system: System;
  /** Without a slash at its end. */
  readonly root: string;
}

const nodes = "dev/vfio";
const groups = "sys/kernel/iommu_groups";

/** What a sandbox has before there are devices. */
export const noNodes = { [nodes]: directory, [groups]: directory };

/** Puts the device, a directory below the root, into a group of its own: the lowest number that is free. */
export function makeNode({ system, root }: Root, device: string): void {
  const group = takeNumber({ system, root });
  writeTree(system, root, {
    [`${groups}/${group}`]: directory,
    [groupLink(device)]: { link: `${"../".repeat(device.split("/").length - 1)}kernel/iommu_groups/${group}` },
  });
}

/** Does nothing for a device without one, as those of older sandboxes are. */
export function removeNode({ system, root }: Root, device: string): void {
  const target = unless(missing, () => system.readLink(`${root}/${groupLink(device)}`));
  if (target === undefined) return;
  const group = baseName(target);
  system.remove(`${root}/${groupLink(device)}`);
  for (const path of [`${groups}/${group}`, `${nodes}/${group}`])
    unless(missing, () => system.remove(`${root}/${path}`));
}

function takeNumber({ system, root }: Root): number {
  writeTree(system, root, noNodes);
  for (let number = 0; ; number++) {
    const take = () => {
      system.createFile(`${root}/${nodes}/${number}`, "");
      return number;
    };
    if (unless(["EEXIST"], take) !== undefined) return number;
  }
}

function groupLink(device: string): string {
  return `${device}/iommu_group`;
}
