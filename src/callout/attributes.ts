// The attributes that active devices have now, which only callout scripts know.

import { parseAttributes } from "../definition.ts";
import type { Attribute } from "../device.ts";
import { countNoun } from "../english.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { baseName } from "../paths.ts";
import { SystemError } from "../system-error.ts";
import { UntrustedScript } from "../trust.ts";
import { createScripts, type Scripts } from "./ask.ts";
import type { Answer, Call } from "./script.ts";

/** How many devices a listing asks about at once. Most of the time goes into starting the scripts. */
const concurrency = 8;

/**
 * For a listing: a device whose script fails has no attributes, with a warning for each script that does. Empty when there are
 * no scripts, one is untrusted, or we may not look for them.
 */
export async function readAllAttributes(
  host: Host,
  devices: readonly ActiveDevice[],
): Promise<Map<ActiveDevice, Attribute[]>> {
  const scripts = createScripts(host);
  const results = new Map<ActiveDevice, Attribute[]>();
  const failures = new Map<ActiveDevice, ScriptFailure>();
  const waiting = devices.values();
  async function work(): Promise<void> {
    for (const device of waiting) {
      try {
        results.set(device, await readAttributes(scripts, device));
      } catch (error) {
        if (!(error instanceof ScriptFailure)) throw error;
        if (error.answer.verdict !== "unsupported") failures.set(device, error);
      }
    }
  }
  try {
    if (scripts.find().length > 0) await Promise.all(Array.from({ length: concurrency }, work));
  } catch (error) {
    if (!(error instanceof UntrustedScript || error instanceof SystemError)) throw error;
    host.log.warn(error.message);
  }
  warnOfEachScript(
    host,
    devices.flatMap((device) => failures.get(device) ?? []),
  );
  return results;
}

function warnOfEachScript(host: Host, failures: readonly ScriptFailure[]): void {
  for (const path of new Set(failures.map(({ answer }) => answer.path))) {
    const [first, ...others] = failures.filter(({ answer }) => answer.path === path);
    const more = others.length === 0 ? "" : ` (and of ${countNoun(others.length, "other device")})`;
    if (first !== undefined) host.log.warn(`${first.message}${more}`);
  }
}

/** A callout script cannot say which attributes a device has. */
class ScriptFailure extends UserError {
  constructor(
    readonly answer: Answer,
    uuid: string,
    reason = answer.reason,
  ) {
    super(`cannot read the attributes of ${uuid}: callout script ${baseName(answer.path)} fails: ${reason}`);
  }
}

export async function readAttributes(scripts: Scripts, device: Call["device"]): Promise<Attribute[]> {
  const answer = await scripts.ask({ event: "get", action: "attributes", state: "none", device, stdin: "" });
  if (answer === undefined) return [];
  if (answer.verdict !== "done") throw new ScriptFailure(answer, device.uuid);
  try {
    return parseAnswer(answer.stdout);
  } catch (error) {
    throw error instanceof JsonError ? new ScriptFailure(answer, device.uuid, error.message) : error;
  }
}

/** No output, `null`, `[]` and `[{}]` all mean none. */
function parseAnswer(stdout: string | undefined): Attribute[] {
  if (stdout === undefined) throw new JsonError("its answer is not valid UTF-8");
  const text = stdout.trim() || "null";
  const value = parseJson(text);
  if (value === null || isEmptyEntry(value)) return [];
  return parseAttributes(JSON.parse(quoteLiterals(text)));
}

function isEmptyEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && isObject(value[0]) && Object.keys(value[0]).length === 0;
}

/** JSON with its numbers and booleans as strings, spelled as they are. */
function quoteLiterals(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
