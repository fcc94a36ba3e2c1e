// What a device is: where it comes from, and how it is configured.

import type { Uuid } from "./uuid.ts";

/** `auto`: started when its parent appears. */
export type StartMode = "auto" | "manual";

/** Written to the file of that name in the device's sysfs directory; one name may occur many times, and the order counts. */
export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** What a definition file holds. */
export interface Configuration {
  readonly type: string;
  /** What the driver called the type for people when the device was defined, if that tells the type better than its number. */
  readonly typeName?: string | undefined;
  readonly start: StartMode;
  readonly attributes: readonly Attribute[];
}

export interface Device extends Configuration {
  readonly uuid: Uuid;
  readonly parent: string;
}

/** Which devices are meant: all, those of a parent, those of a UUID. */
export interface Wanted {
  readonly uuid?: Uuid | undefined;
  readonly parent?: string | undefined;
}
