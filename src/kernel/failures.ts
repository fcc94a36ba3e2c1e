// Why a device cannot be started, for every framework: it is active, or the parent or type is not there. The hints say what is.

import type { Device } from "../device.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { suggestNames } from "../suggest.ts";
import { findActive } from "./active.ts";
import { type ActiveDevice, type Framework, NotReadyError } from "./framework.ts";

/** The device that was to be started, as far as that was said. */
interface Start {
  readonly parent: string | undefined;
  readonly type: string | undefined;
}

export function alreadyActiveError(wanted: Start, active: ActiveDevice): UserError {
  const difference = describeDifference(wanted, active);
  return new UserError(
    `cannot start ${active.uuid}: it is active already${difference === undefined ? "" : `, ${difference}`}`,
  );
}

/** How the active device differs from the one that is wanted, to follow "it is active". */
export function describeDifference(wanted: Start, active: ActiveDevice): string | undefined {
  const { parent = active.parent, type = active.type } = wanted;
  if (active.parent !== parent) return `with another parent, ${active.parent}`;
  return active.type === type ? undefined : `with another type, ${active.type}`;
}

/** Above frameworks, a hint is added that says what parents there are. */
export class NoSuchParentError extends UserError {}

/** `failure` is what cannot be done. */
export function noSuchParentError(failure: string, parent: string): NoSuchParentError {
  return new NoSuchParentError(`${failure}: there is no parent device ${parent}`);
}

/** `parents` are the names of those that there are. */
export function hintAboutParents(parent: string, parents: readonly string[]): string {
  if (parents.length === 0) return "No driver offers mediated devices on this host. Is it loaded?";
  return suggestNames(parent, parents) ?? `The parent devices are ${joinNames(parents)}.`;
}

/** As in `2 of nvidia-1155 and 1 of nvidia-1163`. */
export function countTypes(devices: readonly Pick<Device, "type">[]): string {
  const types = [...new Set(devices.map((device) => device.type))].sort();
  return joinNames(types.map((name) => `${devices.filter((device) => device.type === name).length} of ${name}`));
}

/** What others have started in the meantime counts too. */
export function fullCardError(host: Host, card: string, failure: string): UserError {
  return fullError(failure, card, findActive(host, { parent: card }));
}

/** `active` are the devices on the card. */
export function fullError(failure: string, card: string, active: readonly ActiveDevice[]): UserError {
  return new UserError(`${failure}: ${card} is full`, describeCount(active));
}

/** A hint, if anything is active on the card at this moment. */
export function describeActive(host: Host, card: string): string | undefined {
  return describeCount(findActive(host, { parent: card }));
}

/** A hint, if there are any. */
export function describeCount(active: readonly ActiveDevice[]): string | undefined {
  return active.length === 0 ? undefined : `Active on it: ${countTypes(active)}.`;
}

/** Refuses an attribute that devices of the framework cannot have. */
export function ensureAttributes(
  { attributeNames }: Framework,
  action: string,
  { uuid, parent, attributes }: Device,
): void {
  const other = attributes.find(({ name }) => attributeNames?.includes(name) === false);
  if (other === undefined) return;
  throw new UserError(
    `cannot ${action} ${uuid}: a device of ${parent} has no attribute '${other.name}'`,
    `The attributes are ${joinNames(attributeNames ?? [])}.`,
  );
}

/** `types` are the names of those that the parent has. */
export function noSuchTypeError(failure: string, { parent, type }: Device, types: readonly string[]): NotReadyError {
  if (types.length === 0) return new NotReadyError(`${failure}: ${parent} supports no mediated device types`);
  return new NotReadyError(
    `${failure}: ${parent} has no type ${type}`,
    suggestNames(type, types) ?? `Its types are ${joinNames(types)}.`,
  );
}
