// Where the mdev bus is in sysfs.

import type { Host } from "../../host.ts";

export function parentsDirectory(host: Host): string {
  return `${host.paths.root}/sys/class/mdev_bus`;
}

export function devicesDirectory(host: Host): string {
  return `${host.paths.root}/sys/bus/mdev/devices`;
}

export function typesDirectory(host: Host, parent: string): string {
  return `${parentsDirectory(host)}/${parent}/mdev_supported_types`;
}
