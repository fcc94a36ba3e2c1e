// What a plan consists of.

import type { Configuration } from "../device.ts";
import type { User } from "../kernel/users.ts";
import type { ObservedDevice } from "../observed.ts";
import type { Uuid } from "../uuid.ts";

/** Something that is done to a device, or to a card as a whole. */
export type Step = DeviceStep | CardStep;

export interface DeviceStep extends Reason {
  readonly do: DeviceAction;
  /** As it will be; when it is stopped or undefined, as it was. */
  readonly device: PlannedDevice;
}

export interface CardStep extends Reason {
  readonly do: CardAction;
  readonly card: string;
}

/** `change` gives a running device other attributes, and its definition the same. */
export type DeviceAction = "stop" | "undefine" | "define" | "modify" | "change" | "start";
export type CardAction = "make-vfs" | "mix-sizes" | "unmix-sizes";

/** Why something is done, or is not: a word for programs, and a clause for people. */
export interface Reason {
  readonly code: string;
  readonly why: string;
}

/** A step that cannot be done now. */
export type Blocked = Step & {
  /** Those who are in the way, as far as they are known. */
  readonly users: readonly User[];
};

export interface PlannedDevice extends Configuration {
  /** Undefined for one that gets its UUID when it is made. */
  readonly uuid: Uuid | undefined;
  readonly parent: string;
  readonly card: string | undefined;
  /** What its type is called for people, where that is known; definitions do not always keep it. */
  readonly label: string | undefined;
}

/** As it is. */
export function toPlanned({ uuid, parent, card, active, definition, typeName }: ObservedDevice): PlannedDevice {
  return {
    uuid,
    parent,
    card,
    type: active?.type ?? definition?.type ?? "",
    typeName: definition?.typeName,
    label: typeName,
    start: definition?.start ?? "manual",
    attributes: definition?.attributes ?? [],
  };
}
