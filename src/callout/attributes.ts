// The attributes of many active devices, for a listing: asked of the callout scripts side by side, as most of the time goes into
// starting them.

import type { Attribute } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { type Callouts, createCallouts } from "./callouts.ts";
import { UntrustedScript } from "./trust.ts";

/** So many devices are asked about at once. */
const atOnce = 8;

/** Those of each device; of none where there is no script to ask. */
export async function readAllAttributes(
  host: Host,
  devices: readonly ActiveDevice[],
): Promise<Map<ActiveDevice, Attribute[]>> {
  const callouts = createCallouts(host);
  const results = new Map<ActiveDevice, Attribute[]>();
  const waiting = devices.values();
  async function work(): Promise<void> {
    for (const device of waiting) results.set(device, await attributesOrNone(callouts, device));
  }
  if (haveScripts(host, callouts)) await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

function haveScripts(host: Host, callouts: Callouts): boolean {
  try {
    return callouts.haveScripts();
  } catch (error) {
    if (!(error instanceof UntrustedScript)) throw error;
    host.log.warn(error.message);
    return false;
  }
}

async function attributesOrNone(callouts: Callouts, device: ActiveDevice): Promise<Attribute[]> {
  try {
    return await callouts.readAttributes(device);
  } catch (error) {
    // A listing goes on without what a script cannot tell.
    if (error instanceof UserError) return [];
    throw error;
  }
}
