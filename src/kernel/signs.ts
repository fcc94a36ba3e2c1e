// By what a kernel shows that devices or parents may have changed.

import type { Host } from "../host.ts";
import { baseName, directoryName } from "../paths.ts";
import type { Changes } from "../system.ts";
import { isUuid, type Uuid } from "../uuid.ts";
import type { Framework } from "./framework.ts";
import { devicesDirectory, parentsDirectory } from "./mdev/active.ts";
import { driverDirectory } from "./nvidia/active.ts";

type Message = Changes["messages"][number];

/** What the kernel says it has done with a device. */
export interface DeviceReport {
  readonly what: "started" | "stopped";
  readonly framework: Framework["name"];
  readonly parent: string;
  readonly uuid: Uuid;
}

/** Where parents and devices have entries. Those of a real sysfs change in silence, but it does no harm to watch them. */
export function findDirectories(host: Host): string[] {
  return [devicesDirectory(host), parentsDirectory(host), driverDirectory(host)];
}

/** Whether the message is about a device, a parent, or a PCI function, which may be either. */
export function isSign(message: Message): boolean {
  // A driver tells with MDEV_STATE that a device of any kind has become a parent, or is none any more.
  return ["mdev", "pci"].includes(message.get("SUBSYSTEM") ?? "") || message.has("MDEV_STATE");
}

/** Devices on the mdev bus only: there is no message when a virtual function gets a type. */
export function readReport(message: Message): DeviceReport | undefined {
  const path = message.get("DEVPATH") ?? "";
  const what = reports[message.get("ACTION") ?? ""];
  const uuid = baseName(path);
  if (message.get("SUBSYSTEM") !== "mdev" || what === undefined || !isUuid(uuid)) return undefined;
  return { what, framework: "mdev", parent: baseName(directoryName(path)), uuid };
}

const reports: Readonly<Record<string, DeviceReport["what"]>> = { add: "started", remove: "stopped" };
