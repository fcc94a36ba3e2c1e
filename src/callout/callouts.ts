// How vendors' scripts take part in a command; this is all that commands see of them. See CALLOUTS in mdevctl(8).

import type { Attribute, Device } from "../device.ts";
import type { Host } from "../host.ts";
import { createScripts } from "./ask.ts";
import { readAttributes } from "./attributes.ts";
import { findScripts } from "./find.ts";
import { canUpdateLive, updateLive } from "./live.ts";
import { type Change, type Parties, runProcedure } from "./procedure.ts";
import type { Call } from "./script.ts";

export interface Callouts {
  /** Whether any script is called around a change. */
  hasScripts(): boolean;
  /** Does the work between the scripts' `pre` and `post`, then tells the notifiers. A refusal by a script is a UserError. */
  around(change: Change, work: () => void | Promise<void>): Promise<void>;
  /** The attributes that an active device has now; none when no script knows them. A failing script is a UserError. */
  readAttributes(device: Call["device"]): Promise<Attribute[]>;
  /** Whether a script can give running devices of this type another configuration. */
  canUpdateLive(device: Call["device"]): Promise<boolean>;
  /** Has a script give a running device this configuration. */
  updateLive(device: Device): Promise<void>;
}

/** Looks for the scripts once. What they answer about themselves is remembered as long as the result is used. */
export function createCallouts(host: Host): Callouts {
  const scripts = createScripts(host);
  let notifiers: readonly string[] | undefined;

  /** Notifiers are found before anything is done, in case one must not be run. */
  function findParties(): Parties {
    notifiers ??= findScripts(host, host.paths.notifierScripts);
    return { host, scripts, notifiers };
  }

  return {
    hasScripts: () => scripts.find().length + findParties().notifiers.length > 0,
    around: async (change, work) => runProcedure(findParties(), change, work),
    readAttributes: (device) => readAttributes(scripts, device),
    canUpdateLive: (device) => canUpdateLive(scripts, device),
    updateLive: async (device) => updateLive(findParties(), device),
  };
}
