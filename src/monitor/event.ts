// What `mdevctl monitor --json` writes, a line each; the manual describes it.

import type { DeviceStatus, ParentStatus } from "../status/document.ts";

export type MonitorEvent = Timed<DeviceChange | ParentChange | Mark>;

type Timed<T> = T extends T ? { readonly time: string } & T : never;

/** With the device as the status has it. */
export interface DeviceChange extends DeviceStatus {
  readonly event: "present" | "defined" | "modified" | "undefined" | "started" | "stopped";
}

export interface ParentChange {
  readonly event: "parent-present" | "parent-added" | "parent-removed";
  readonly framework: ParentStatus["framework"];
  readonly uuid: null;
  readonly parent: ParentStatus["name"];
  readonly type: null;
  readonly card: ParentStatus["card"];
}

/** Everything that is there has been said, and changes follow; or something was missed, and everything is said again. */
export interface Mark {
  readonly event: "ready" | "resync";
  /** Of this format. */
  readonly version: 1;
}
