// Writes the definition of a device that has none under its parent.

import type { Device } from "../device.ts";
import { joinNames } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { describeDifference, ensureAttributes } from "../kernel/failures.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { findParents, frameworkOf, parentNames } from "../kernel/frameworks.ts";
import type { Locked } from "../lock.ts";
import { ensureNames } from "../names.ts";
import { findDefinitions } from "../store.ts";
import { makeDefinitionsDirectory, removeDefinition, saveDefinition } from "../store-changes.ts";
import { isSame } from "../suggest.ts";
import { choosePlace } from "./place.ts";
import { announceOrUndo, type Terms, whileDefinitionsLocked } from "./terms.ts";

export interface DefineTerms extends Terms {
  /** Take the attributes from the active device, as its callout script knows them. */
  readonly isActive: boolean;
}

/** The device as it is defined: where a card was named, with one of its parents. */
export async function defineDevice(host: Host, wanted: Device, terms: DefineTerms): Promise<Device> {
  const { callouts, force, isActive } = terms;
  ensureNames("define", wanted);
  const action = async ({ ensureCurrent, unlock }: Locked): Promise<Device> => {
    const device = choosePlace(host, wanted, "define");
    const { uuid, parent } = device;
    ensureAttributes(frameworkOf(host, parent), "define", device);
    if (findDefinitions(host, { uuid, parent }).length > 0) {
      throw new UserError(
        `cannot define ${uuid}: it is defined under ${parent} already`,
        "'mdevctl modify' changes a definition, 'mdevctl undefine' removes it.",
      );
    }
    await callouts.around({ action: "define", device, force }, async () => {
      const attributes = isActive ? await callouts.readAttributes(device) : device.attributes;
      const defined = { ...device, attributes };
      ensureNames("define", defined);
      ensureCurrent();
      await saveDefinition(host, defined);
      await announceOrUndo(terms, () => removeDefinition(host, device));
      unlock();
    });
    return device;
  };
  return whileDefinitionsLocked(host, terms, action, () => makeDefinitionsDirectory(host, wanted.parent));
}

/** Says why the device, which has been defined, cannot be started as the host is now. A parent that is not there may come. */
export function warnOfObstacle(host: Host, device: Device, active: ActiveDevice | undefined): void {
  const obstacle = findObstacle(host, device, active);
  if (obstacle !== undefined) host.log.warn(`${device.uuid} is defined, but ${obstacle}`);
}

function findObstacle(host: Host, { parent, type }: Device, active: ActiveDevice | undefined): string | undefined {
  const difference = active === undefined ? undefined : describeDifference({ parent, type }, active);
  if (difference !== undefined) return `it is active ${difference}`;
  if (frameworkOf(host, parent).hasType(host, parent, type)) return undefined;
  const parents = parentNames(host);
  if (!parents.includes(parent)) {
    const similar = parents.find((other) => isSame(other, parent));
    return similar === undefined ? undefined : `there is no parent ${parent} but ${similar}; letter case counts`;
  }
  const types = [...findParents(host, parent)].flatMap((found) => found.types.map(({ name }) => name));
  const similar = types.find((other) => isSame(other, type));
  if (similar !== undefined) return `${parent} has no type ${type} but ${similar}; letter case counts`;
  return `${parent} has no type ${type}${types.length === 0 ? "" : `; its types are ${joinNames(types)}`}`;
}
