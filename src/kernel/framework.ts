// A framework is a way in which a kernel driver offers devices; the mdev bus is one. Everything above kernel/ works on all
// frameworks and names none. To add one, see CONTRIBUTING.md.

import type { Device, Wanted } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Uuid } from "../uuid.ts";

export interface Framework {
  readonly name: "mdev";
  hasParent(host: Host, name: string): boolean;
  /**
   * The parents with their types, sorted by name and read one by one as they are asked for; only that of one name if it is
   * given. What cannot be read is warned about and skipped.
   */
  findParents(host: Host, only?: string): Iterable<Parent>;
  /**
   * The active devices, sorted by parent and UUID. What cannot be read is warned about and skipped; about a wanted UUID it is
   * a SystemError.
   */
  findActive(host: Host, wanted: Wanted): ActiveDevice[];
  /** The types of those of these devices that are active under the parent, without looking for others. */
  findActiveTypes(host: Host, parent: string, uuids: readonly Uuid[]): ReadonlyMap<Uuid, string>;
  /**
   * Creates the device and writes its attributes in their order; when that fails, nothing is left of it. The names in `device`
   * have been checked. Throws a UserError that names the device: a NotReadyError where it may help to wait.
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
