// How vendors' scripts take part in a command: they are asked before a change and told after it, asked for a device's
// attributes, and asked to change a running device. See CALLOUTS in mdevctl(8).

import { ConfigurationError, configurationJson, parseAttributes } from "../definition.ts";
import type { Attribute, Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { isObject, JsonError, parseJson } from "../json.ts";
import { type Capabilities, capabilitiesQuestion, readCapabilities } from "./capabilities.ts";
import {
  type Action,
  type Answer,
  type Call,
  callScript,
  type Event,
  findScripts,
  type State,
  scriptName,
} from "./script.ts";

/** What a command is about to do to a device. */
export interface Change {
  readonly action: Extract<Action, "start" | "stop" | "define" | "undefine" | "modify">;
  /** As it is told to the scripts. */
  readonly device: Device;
  /** Go on when a script refuses. */
  readonly force: boolean;
}

export interface Callouts {
  /** Whether there is any script to ask. Throws an UntrustedScript when one among them must not be run. */
  haveScripts(): boolean;
  /** Does the work between the scripts' `pre` and `post`, then tells the notifiers. A refusal by a script is a UserError. */
  around(change: Change, work: () => void | Promise<void>): Promise<void>;
  /** The attributes that an active device has now; none when no script knows them. */
  readAttributes(device: Call["device"]): Promise<Attribute[]>;
  /** Has a running device changed to this configuration. */
  updateLive(device: Device): Promise<void>;
}

interface CapableScript {
  readonly path: string;
  readonly capabilities: Capabilities;
}

/** Finds the scripts once; what they answer about themselves is remembered as long as the result is used. */
export function createCallouts(host: Host): Callouts {
  const capable = new Map<string, Promise<CapableScript | undefined>>();
  const declined = new Set<string>();
  let found: readonly string[] | undefined;
  let foundNotifiers: readonly string[] | undefined;

  function scripts(): readonly string[] {
    found ??= findScripts(host, host.paths.calloutScripts);
    return found;
  }

  function notifiers(): readonly string[] {
    foundNotifiers ??= findScripts(host, host.paths.notifierScripts);
    return foundNotifiers;
  }

  /** One that cannot be run is warned about once. */
  function passOver(unusable: string): void {
    found = scripts().filter((path) => path !== unusable);
  }

  /** The script that takes care of the device's type alone, if one does. */
  function capableScript(device: Call["device"]): Promise<CapableScript | undefined> {
    const key = `${device.parent}/${device.type}`;
    const known = capable.get(key);
    if (known !== undefined) return known;
    const asked = askForCapabilities(device);
    capable.set(key, asked);
    return asked;
  }

  async function askForCapabilities(device: Call["device"]): Promise<CapableScript | undefined> {
    const call: Call = { event: "get", action: "capabilities", state: "none", device, stdin: capabilitiesQuestion };
    for (const path of scripts()) {
      const { verdict, stdout } = await callScript(host, path, call);
      if (verdict === "unusable") passOver(path);
      if (verdict === "declined" || stdout === undefined) continue;
      const capabilities = readCapabilities(host.log, path, stdout);
      if (capabilities !== undefined) return { path, capabilities };
    }
    return undefined;
  }

  /** The answer of the script that is in charge, and which it is; undefined when there is none. */
  async function ask(call: Call): Promise<{ path: string; answer: Answer } | undefined> {
    const script = await capableScript(call.device);
    if (script !== undefined) return { path: script.path, answer: await askCapable(script, call) };
    for (const path of scripts()) {
      const key = [path, call.device.type, call.event, call.action].join("\0");
      if (declined.has(key)) continue;
      const answer = await callScript(host, path, call);
      if (answer.verdict === "declined") declined.add(key);
      else if (answer.verdict === "unusable") passOver(path);
      else return { path, answer };
    }
    return undefined;
  }

  async function askCapable({ path, capabilities }: CapableScript, call: Call): Promise<Answer> {
    const lacking = lackOf(capabilities, call.event, call.action);
    if (lacking !== undefined)
      return { verdict: "failed", stdout: undefined, reason: `it does not support ${lacking}` };
    return callScript(host, path, call);
  }

  async function notify(action: Action, state: State, device: Device): Promise<void> {
    for (const path of notifiers()) {
      // Notifiers are told, not asked: whatever they answer changes nothing.
      await callScript(host, path, { event: "notify", action, state, device, stdin: "" });
    }
  }

  /** The script that agreed, if one did. */
  async function askBefore(change: Change, call: Call): Promise<string | undefined> {
    const asked = await ask(call);
    if (asked === undefined || asked.answer.verdict === "done") return asked?.path;
    const refusal = `callout script ${scriptName(asked.path)} refuses: ${asked.answer.reason}`;
    if (!change.force) throw new UserError(`cannot ${change.action} ${change.device.uuid}: ${refusal}`);
    host.log.warn(`${refusal}; going on because of --force`);
    return undefined;
  }

  /** The script that agreed is told afterwards, else the one that wants to know; the answer changes nothing any more. */
  async function tellAfter(path: string | undefined, call: Call): Promise<void> {
    const script = await capableScript(call.device);
    await (path === undefined || script !== undefined ? ask(call) : callScript(host, path, call));
  }

  return {
    haveScripts: () => scripts().length > 0,

    async around(change, work) {
      // Found before anything is done, in case one must not be run.
      notifiers();
      const { action, device } = change;
      const stdin = configurationText(device);
      let state: State = "none";
      try {
        const path = await askBefore(change, { event: "pre", action, state, device, stdin });
        try {
          await work();
          state = "success";
        } catch (error) {
          state = "failure";
          throw error;
        } finally {
          await tellAfter(path, { event: "post", action, state, device, stdin });
        }
      } finally {
        await notify(action, state, device);
      }
    },

    async readAttributes(device) {
      const asked = await ask({ event: "get", action: "attributes", state: "none", device, stdin: "" });
      if (asked === undefined) return [];
      const problem = (reason: string) =>
        new UserError(
          `cannot read the attributes of ${device.uuid}: callout script ${scriptName(asked.path)} fails: ${reason}`,
        );
      if (asked.answer.verdict !== "done") throw problem(asked.answer.reason);
      try {
        return attributesIn(asked.answer.stdout);
      } catch (error) {
        throw error instanceof ConfigurationError || error instanceof JsonError ? problem(error.message) : error;
      }
    },

    async updateLive(device) {
      notifiers();
      const failure = `cannot modify ${device.uuid} live`;
      const script = await capableScript(device);
      const lacking = script === undefined ? undefined : lackOf(script.capabilities, "live", "modify");
      if (script === undefined)
        throw new UserError(`${failure}: no callout script supports this for type ${device.type}`);
      if (lacking !== undefined) {
        throw new UserError(`${failure}: callout script ${scriptName(script.path)} does not support ${lacking}`);
      }
      const stdin = configurationText(device);
      const answer = await callScript(host, script.path, {
        event: "live",
        action: "modify",
        state: "none",
        device,
        stdin,
      });
      await notify("modify", "none", device);
      if (answer.verdict === "done") return;
      throw new UserError(`${failure}: callout script ${scriptName(script.path)} refuses: ${answer.reason}`);
    },
  };
}

function lackOf(capabilities: Capabilities, event: Event, action: Action): string | undefined {
  if (!capabilities.events.includes(event)) return `event '${event}'`;
  return capabilities.actions.includes(action) ? undefined : `action '${action}'`;
}

function configurationText(device: Device): string {
  return JSON.stringify(configurationJson(device));
}

/** Some scripts write `[{}]` for none. */
function attributesIn(stdout: string | undefined): Attribute[] {
  if (stdout === undefined) throw new ConfigurationError("its answer is not valid UTF-8");
  const text = stdout.trim();
  if (text === "") return [];
  const value = parseJson(text);
  return value === null || isEmptyEntry(value) ? [] : parseAttributes(value);
}

function isEmptyEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && isObject(value[0]) && Object.keys(value[0]).length === 0;
}
