// The change of a running device. Only a script with capabilities can do it: older ones do not know the event.

import { formatConfiguration } from "../definition.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import { compactJson } from "../json-writer.ts";
import { baseName } from "../paths.ts";
import { findUnsupported } from "./capabilities.ts";
import { notify, type Parties } from "./procedure.ts";
import { type Call, runScript } from "./script.ts";

/** Asks without changing anything. */
export async function canUpdateLive(scripts: Parties["scripts"], device: Call["device"]): Promise<boolean> {
  const script = await scripts.findCapable(device);
  return script !== undefined && findUnsupported(script, { event: "live", action: "modify" }) === undefined;
}

export async function updateLive(parties: Parties, device: Device): Promise<void> {
  const failure = `cannot modify ${device.uuid} live`;
  const script = await parties.scripts.findCapable(device);
  if (script === undefined) throw new UserError(`${failure}: no callout script supports this for type ${device.type}`);
  const name = `callout script ${baseName(script.path)}`;
  const stdin = compactJson(formatConfiguration(device));
  const call: Call = { event: "live", action: "modify", state: "none", device, stdin };
  const unsupported = findUnsupported(script, call);
  if (unsupported !== undefined) throw new UserError(`${failure}: ${name} does not support ${unsupported}`);
  const { verdict, reason } = await runScript(parties.host, script.path, call);
  await notify(parties, call);
  if (verdict !== "done") throw new UserError(`${failure}: ${name} refuses: ${reason}`);
}
