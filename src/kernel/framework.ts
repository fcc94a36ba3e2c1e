// A framework is a way in which a kernel driver offers devices; the mdev bus is one. Everything above kernel/ works on all
// frameworks and names none. To add one, see CONTRIBUTING.md.

import type { Device, Wanted } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Uuid } from "../uuid.ts";

export interface Framework {
  readonly name: "mdev";
  hasParent(host: Host, name: string): boolean;
  /** Whether there is such a parent and it has such a type. */
  hasType(host: Host, parent: string, type: string): boolean;
  /** Sorted. */
  parentNames(host: Host): string[];
  /**
   * The parents with their types, sorted by name and read one by one as they are asked for; with a name only that parent.
   * What cannot be read is warned about and skipped.
   */
  findParents(host: Host, only?: string): Iterable<Parent>;
  /**
   * The active devices, sorted by parent and UUID. What cannot be read is warned about and skipped; if one UUID is wanted, it
   * is a SystemError.
   */
  findActive(host: Host, wanted: Wanted): ActiveDevice[];
  /** The types of the devices among these that are active under the parent. */
  findActiveTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string>;
  /**
   * Creates the device and writes its attributes in order; a failure leaves nothing behind. Names in `device` are already
   * checked. Throws a UserError that names the device, a NotReadyError if waiting may help, or a SystemError if something
   * cannot be read.
   */
  create(host: Host, device: Device): Promise<void>;
  /** Throws a UserError that names the device. */
  remove(host: Host, device: ActiveDevice): Promise<void>;
}

/** A device that the kernel has. */
export interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly type: string;
}

export interface Parent {
  readonly name: string;
  readonly types: readonly Type[];
}

export interface Type {
  readonly name: string;
  readonly availableInstances: number;
  /** As in `vfio-pci`. */
  readonly deviceApi: string;
  /** For people, set by some drivers; empty otherwise. */
  readonly label: string;
  /** May have several lines; empty when the driver gives none. */
  readonly description: string;
}

/** The driver may only need more time: it has not made its types yet, or is busy. */
export class NotReadyError extends UserError {}
