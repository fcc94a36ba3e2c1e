// Writes the definition of a device that has none under its parent.

import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { whileLocked } from "../lock.ts";
import { ensureNames } from "../names.ts";
import { findDefinitions } from "../store.ts";
import { makeDefinitionsDirectory, removeDefinition, saveDefinition } from "../store-changes.ts";
import { announceOrUndo, type Terms } from "./terms.ts";

export interface DefineTerms extends Terms {
  /** Take the attributes from the active device, as its callout script knows them. */
  readonly isActive: boolean;
}

export async function defineDevice(host: Host, device: Device, terms: DefineTerms): Promise<void> {
  const { callouts, force, isActive } = terms;
  const { uuid, parent } = device;
  ensureNames("define", device);
  makeDefinitionsDirectory(host);
  await whileLocked(host, async (unlock) => {
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
      await saveDefinition(host, defined);
      await announceOrUndo(terms, () => removeDefinition(host, device));
      unlock();
    });
  });
}
