// A framework is a way in which a kernel driver offers devices; the mdev bus is one. Everything above kernel/ works on all
// frameworks and names none. To add one, see CONTRIBUTING.md.

import type { Device, Wanted } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Uuid } from "../uuid.ts";

export interface Framework {
  readonly name: "mdev" | "nvidia-vf";
  /** Its types are numbers, which may come to mean others: definitions keep what the driver calls them for people, too. */
  readonly keepsTypeNames?: true;
  /** The attributes that devices have; without this, that depends on the driver. */
  readonly attributeNames?: readonly string[];
  /**
   * How long a start waits for a driver that is not ready, in milliseconds: when a person has asked for it, or when it is
   * automatic.
   */
  readonly patience: { readonly person: number; readonly automatic: number };
  hasParent(host: Host, name: string): boolean;
  /** Whether the driver has made all of the parent's files; it may do so late. */
  isReady(host: Host, parent: string): boolean;
  /** The names of the parents that a card has, sorted; none if there is no such card. */
  parentsOf(host: Host, card: string): readonly string[];
  /** The card that the parent is a part of, if any. */
  cardOf(host: Host, parent: string): string | undefined;
  /** The name of the driver that the parent has; undefined for one without a device on a bus. */
  driverOf(host: Host, parent: string): string | undefined;
  /** The cards that the driver has, sorted; with or without parents. What cannot be read is warned about. */
  findCards(host: Host): Promise<readonly Card[]>;
  /** Whether more parents of the card are coming at this moment. */
  isChanging(host: Host, card: string): boolean;
  /** Why there is no such parent, if this framework knows: a hint. */
  explainAbsence(host: Host, parent: string): string | undefined;
  /** Whether there is such a parent and it has such a type, or might have it. */
  hasType(host: Host, parent: string, type: string): boolean;
  /**
   * The type that a person means: by its name, or by what the driver calls it for people. Of a card it is a type of any of its
   * parents. An unknown type is a UserError, or taken as it is where types may come later.
   */
  resolveType(host: Host, typed: Pick<Device, "parent" | "type">, failure: string): Pick<Device, "type" | "typeName">;
  /** Sorted. */
  parentNames(host: Host): string[];
  /**
   * The parents with their types, sorted by name and read one by one as they are asked for; with a name only that parent, or
   * those of that card.
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
   * checked. The type may have got another number. Throws a UserError that names the device, a NotReadyError if waiting may
   * help, or a SystemError if something cannot be read.
   */
  create(host: Host, device: Device): Promise<ActiveDevice>;
  /** The directory in sysfs of an active device, which leads to its VFIO nodes. See users.ts. */
  directory(host: Host, device: ActiveDevice): string;
  /** How a virtual machine takes the device, which need not be active; its parent has to be there. */
  describeAttachment(host: Host, device: Attachable): Attachment;
  /** Throws a UserError that names the device. */
  remove(host: Host, device: ActiveDevice): Promise<void>;
  /** Why `create` would refuse the device, whose parent is there, as far as what has been read tells. */
  explainRefusal(device: Device, place: Place): Refusal | undefined;
  /** What was left behind when devices went without mdevctl; harmless. Throws a SystemError. */
  findStaleClaims?(host: Host): StaleClaim[];
  /** What can be changed about its cards as a whole. */
  loadSetup?(): Promise<CardSetup>;
  /** Where its driver says what goes wrong. */
  readonly logs?: Logs;
  /** The first version of libvirt that gives such devices to virtual machines. */
  readonly libvirt?: readonly [major: number, minor: number];
}

/** Of cards, by their driver's own programs, which take their time. All of them throw UserErrors. */
export interface CardSetup {
  /** Refuses to make virtual functions if the program for it may not be run. */
  ensureTrust(host: Host, card: string): void;
  /** Makes the virtual functions of a card that has none, and waits for their files. */
  makeFunctions(host: Host, card: string): Promise<void>;
  /** Whether the card takes devices of different sizes; undefined where nobody tells. */
  readMixedSizes(host: Host, card: string): Promise<boolean | undefined>;
  /** Only possible while the card has no devices. */
  changeMixedSizes(host: Host, card: string, mixed: boolean): Promise<void>;
}

export interface Logs {
  /** What a line of the kernel's log has that is about the driver. */
  readonly kernel: RegExp;
  /** What such a line has that is about its devices, if it names none. */
  readonly devices: RegExp;
  /** The unit of the program that serves the devices. */
  readonly unit: string;
  /** What lines mean: sentences. */
  readonly meanings: readonly (readonly [line: RegExp, meaning: string])[];
}

/** Where a device is to be. */
export interface Place {
  readonly parent: Parent;
  /** The devices under the parent, and all on its card, which is the parent itself if it is no part of one. */
  readonly active: readonly ActiveDevice[];
  readonly card: { readonly address: string; readonly active: readonly ActiveDevice[] };
}

export interface Refusal {
  /** The parent has no such type, the type has another name, or there is no room now. */
  readonly kind: "type-missing" | "type-renamed" | "no-room";
  /** As `create` throws it. */
  readonly error: UserError;
}

export interface StaleClaim {
  readonly path: string;
  readonly parent: string;
  readonly uuid: Uuid;
  readonly type: string;
}

/** A device that the kernel has. */
export interface ActiveDevice {
  readonly uuid: Uuid;
  readonly parent: string;
  readonly type: string;
  /**
   * How the UUID is known, where the kernel has none: from whoever started the device with mdevctl, from its only definition, or
   * made up, because another program has started it.
   */
  readonly owner?: "claim" | "definition" | "foreign";
}

/** A device with virtual functions (VFs), which are parents. */
export interface Card {
  readonly address: string;
  /** As its driver calls it for people. */
  readonly model: string | undefined;
  /** The addresses of its VFs, sorted. */
  readonly functions: readonly string[];
  /** How many VFs it can have. */
  readonly functionLimit: number;
  /** The addresses that its VFs have or would have, by their numbers; none where nothing tells. */
  readonly places: readonly string[];
  /** Of all types that it can have; none where nothing tells. */
  readonly sizes: readonly TypeSize[];
  /** The VFs that lack the driver's files, and why. */
  readonly unready?: readonly UnreadyParent[];
  /** The command that makes its VFs, with the path of its program first. */
  readonly command?: readonly [program: string, ...args: string[]];
}

export interface UnreadyParent {
  readonly name: string;
  /** Undefined while no driver has it. */
  readonly driver: string | undefined;
  /** Whether that is the driver that makes the files. */
  readonly isOwn: boolean;
  /** Where that was seen. */
  readonly path: string;
  /** Why no device can be made of it, and what to do about it. */
  readonly reason: string;
  readonly hint?: string | undefined;
}

/** What one device of a type takes of its card. */
export interface TypeSize {
  readonly type: string;
  /** For people. */
  readonly name: string;
  /** In bytes. */
  readonly memory: number;
  /** How many there can be on a card that has no others. */
  readonly most: number | undefined;
  /** It takes a part of one of the slices into which the card is split, and these are counted by themselves. */
  readonly isOfSlice: boolean;
}

export type Attachable = Pick<Device, "uuid" | "parent" | "type" | "typeName">;

/** What a virtual machine has to know of a device to take it: that it is on the mdev bus, or that it is a PCI function. */
export type Attachment = MdevAttachment | PciAttachment;

export interface MdevAttachment extends AnyAttachment {
  readonly kind: "mdev";
  readonly parent: string;
  /** As in `vfio-pci`; undefined where the parent has no such type. */
  readonly deviceApi: string | undefined;
}

export interface PciAttachment extends AnyAttachment {
  readonly kind: "pci";
  readonly address: string;
  /** The numbers of PCI, as in `10de` and `26b9`; undefined if the kernel does not tell. */
  readonly vendor: string | undefined;
  readonly product: string | undefined;
}

interface AnyAttachment {
  readonly uuid: Uuid;
  readonly type: string;
  /** What the driver calls the type for people, where that is known. */
  readonly typeName: string | undefined;
}

export interface Parent {
  readonly name: string;
  /** The card that it is a part of, where it takes one device at most; then what it offers depends on the other parts. */
  readonly card?: string;
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

/** The parent has a device that was not there a moment ago. */
export class TakenError extends UserError {}

/** The driver may only need more time: it has not made its types yet, or is busy. */
export class NotReadyError extends UserError {}
