// The attributes that active devices have now, which only callout scripts know.

import { parseAttributes } from "../definition.ts";
import type { Attribute } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { baseName } from "../paths.ts";
import { createScripts, type Scripts } from "./ask.ts";
import type { Call } from "./script.ts";
import { UntrustedScript } from "./trust.ts";

/** How many devices a listing asks about at once. Most of the time goes into starting the scripts. */
const concurrency = 8;

/** For a listing: a device whose script fails has no attributes. Empty when there are no scripts or one is untrusted. */
export async function readAllAttributes(
  host: Host,
  devices: readonly ActiveDevice[],
): Promise<Map<ActiveDevice, Attribute[]>> {
  const scripts = createScripts(host);
  const results = new Map<ActiveDevice, Attribute[]>();
  const waiting = devices.values();
  async function work(): Promise<void> {
    for (const device of waiting) results.set(device, await readAttributesOrNone(scripts, device));
  }
  try {
    if (scripts.find().length > 0) await Promise.all(Array.from({ length: concurrency }, work));
  } catch (error) {
    if (!(error instanceof UntrustedScript)) throw error;
    host.log.warn(error.message);
  }
  return results;
}

async function readAttributesOrNone(scripts: Scripts, device: ActiveDevice): Promise<Attribute[]> {
  try {
    return await readAttributes(scripts, device);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

export async function readAttributes(scripts: Scripts, device: Call["device"]): Promise<Attribute[]> {
  const answer = await scripts.ask({ event: "get", action: "attributes", state: "none", device, stdin: "" });
  if (answer === undefined) return [];
  const failure = `cannot read the attributes of ${device.uuid}: callout script ${baseName(answer.path)} fails`;
  if (answer.verdict !== "done") throw new UserError(`${failure}: ${answer.reason}`);
  try {
    return parseAnswer(answer.stdout);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new UserError(`${failure}: ${error.message}`);
  }
}

/** No output, `null`, `[]` and `[{}]` all mean none. */
function parseAnswer(stdout: string | undefined): Attribute[] {
  if (stdout === undefined) throw new JsonError("its answer is not valid UTF-8");
  const value = parseJson(stdout.trim() || "null");
  return value === null || isEmptyEntry(value) ? [] : parseAttributes(value);
}

function isEmptyEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && isObject(value[0]) && Object.keys(value[0]).length === 0;
}
