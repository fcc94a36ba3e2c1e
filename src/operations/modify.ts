// Changes the definition of a device, or a running device, or both.

import type { Configuration, Device, Wanted } from "../device.ts";
import { notActiveError, notDefinedError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import { ensureAttributes } from "../kernel/failures.ts";
import { frameworkOf } from "../kernel/frameworks.ts";
import type { Locked } from "../lock.ts";
import { ensureNames } from "../names.ts";
import { findDefinition, readDefinition } from "../store.ts";
import { ensureOwnFile, saveDefinition } from "../store-changes.ts";
import type { Uuid } from "../uuid.ts";
import { type Terms, whileDefinitionsLocked } from "./terms.ts";

/** The parent is needed if the device is defined under several. */
export interface Target extends Wanted {
  readonly uuid: Uuid;
}

export interface ModifyTerms extends Terms {
  /** Makes the new definition from the old one. */
  readonly edit: (device: Device) => Device;
}

export async function modifyDefinition(host: Host, target: Target, terms: ModifyTerms): Promise<void> {
  await whileDefinitionsLocked(host, terms, async (locked) => {
    const device = terms.edit(readOwnDefinition(host, target));
    ensureNames("modify", device);
    ensureAttributes(frameworkOf(host, device.parent), "modify", device);
    await save(host, device, { ...terms, locked });
  });
}

export interface LiveTerms extends Terms {
  readonly configuration: Configuration;
  /** Change the definition too, once the running device has changed. */
  readonly andDefinition: boolean;
}

export async function modifyLive(host: Host, { uuid, parent }: Target, terms: LiveTerms): Promise<void> {
  const { callouts, configuration, andDefinition } = terms;
  const failure = `cannot modify ${uuid} live`;
  const active = findActiveDevice(host, uuid);
  if (active === undefined) throw notActiveError("modify", uuid);
  if (parent !== undefined && parent !== active.parent) {
    throw new UserError(`${failure}: its parent is ${active.parent}, which cannot change`);
  }
  const device: Device = { uuid, parent: active.parent, ...configuration };
  ensureNames("modify", device);
  if (device.type !== active.type) {
    throw new UserError(`${failure}: its type is ${active.type}, which cannot change to ${device.type}`);
  }
  if (!andDefinition) return callouts.updateLive(device);

  await whileDefinitionsLocked(host, terms, async (locked) => {
    const defined = readOwnDefinition(host, device);
    if (defined.type !== device.type) {
      throw new UserError(`${failure}: its definition has another type, ${defined.type}`);
    }
    await callouts.updateLive(device);
    try {
      await save(host, device, { ...terms, locked });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${error.message}; the running device has changed all the same`, error.hint);
    }
  });
}

/** Refuses a definition that is kept elsewhere. */
function readOwnDefinition(host: Host, { uuid, parent }: Target): Device {
  const file = findDefinition(host, uuid, parent);
  if (file === undefined) throw notDefinedError("modify", uuid, parent);
  ensureOwnFile(host, file);
  return readDefinition(host, file);
}

interface SaveTerms extends Terms {
  readonly locked: Locked;
}

function save(host: Host, device: Device, { callouts, force, locked }: SaveTerms): Promise<void> {
  return callouts.around({ action: "modify", device, force }, async () => {
    locked.ensureCurrent();
    await saveDefinition(host, device);
    locked.unlock();
  });
}
