// Which callout script a call goes to: the one with capabilities for the device's type and parent. Without one, the scripts
// are asked in turn until one does not decline. Who has capabilities, declined or cannot be run is remembered.

import type { Host } from "../host.ts";
import { type Capabilities, capabilitiesQuestion, findUnsupported, readCapabilities } from "./capabilities.ts";
import { findScripts } from "./find.ts";
import { type Answer, type Call, runScript } from "./script.ts";

/** The callout scripts of a host. */
export interface Scripts {
  /** Looks for them the first time. Throws an UntrustedScript when one must not be run. */
  find(): readonly string[];
  /** The script with capabilities for the device's type and parent, if there is one. */
  findCapable(device: Call["device"]): Promise<CapableScript | undefined>;
  /** Undefined when there is no script or all of them decline. */
  ask(call: Call): Promise<Answer | undefined>;
  /** Calls one script, or a notifier. If it cannot be run, warns about it once and skips it from then on. */
  callOrSkip(path: string, call: Call): Promise<Answer>;
}

export type CapableScript = Capabilities & { readonly path: string };

export function createScripts(host: Host): Scripts {
  // Promises, so that a listing, which asks about many devices at once, asks for capabilities once.
  const capable = new Map<string, Promise<CapableScript | undefined>>();
  const declined = new Set<string>();
  const skipped = new Map<string, Answer>();
  let found: readonly string[] | undefined;

  function find(): readonly string[] {
    found ??= findScripts(host, host.paths.calloutScripts);
    return found;
  }

  async function callOrSkip(path: string, call: Call): Promise<Answer> {
    const answer = skipped.get(path) ?? (await runScript(host, path, call));
    if (answer.verdict === "skipped" && !skipped.has(path)) {
      skipped.set(path, answer);
      host.log.warn(`script ${path} is skipped: ${answer.reason}`);
    }
    return answer;
  }

  function findCapable(device: Call["device"]): Promise<CapableScript | undefined> {
    const key = `${device.parent}/${device.type}`;
    const search = capable.get(key) ?? askForCapabilities(device);
    capable.set(key, search);
    return search;
  }

  async function askForCapabilities(device: Call["device"]): Promise<CapableScript | undefined> {
    const call: Call = { event: "get", action: "capabilities", state: "none", device, stdin: capabilitiesQuestion };
    for (const path of find()) {
      const { verdict, stdout } = await callOrSkip(path, call);
      if (verdict === "declined" || stdout === undefined) continue;
      const capabilities = readCapabilities(host.log, path, stdout);
      if (capabilities !== undefined) return { path, ...capabilities };
    }
    return undefined;
  }

  async function ask(call: Call): Promise<Answer | undefined> {
    const script = await findCapable(call.device);
    if (script === undefined) return askInTurn(call);
    const unsupported = findUnsupported(script, call);
    if (unsupported === undefined) return runScript(host, script.path, call);
    return { path: script.path, verdict: "unsupported", reason: `it does not support ${unsupported}` };
  }

  async function askInTurn(call: Call): Promise<Answer | undefined> {
    for (const path of find()) {
      const key = [path, call.device.parent, call.device.type, call.event, call.action].join("/");
      if (declined.has(key)) continue;
      const answer = await callOrSkip(path, call);
      if (answer.verdict === "declined") declined.add(key);
      else if (answer.verdict !== "skipped") return answer;
    }
    return undefined;
  }

  return { find, findCapable, ask, callOrSkip };
}
