// What a callout script says it supports. A script that answers this question handles its types alone. Older scripts do not
// know the question, and are asked in turn instead.

import { isObject, JsonError, parseJson } from "../json.ts";
import type { Log } from "../log.ts";
import { type Action, actions, type Call, type Event, events } from "./script.ts";

export interface Capabilities {
  readonly actions: readonly Action[];
  readonly events: readonly Event[];
}

/** Tells the script what mdevctl supports. */
export const capabilitiesQuestion = JSON.stringify({ provides: { version: 2, actions, events } });

/** Undefined when the answer is not the JSON asked for: the script has no capabilities. Warns about unknown names in it. */
export function readCapabilities(log: Log, script: string, answer: string): Capabilities | undefined {
  const value = parseJsonOrNothing(answer);
  const supports = isObject(value) ? value.supports : undefined;
  if (!isObject(supports)) return undefined;
  if (!isVersion(supports.version) || !isStrings(supports.actions) || !isStrings(supports.events)) return undefined;
  const warn = (what: string) => log.warn(`script ${script} supports an ${what}, which does not exist`);
  return {
    actions: keepKnown(supports.actions, actions, (name) => warn(`action '${name}'`)),
    events: keepKnown(supports.events, events, (name) => warn(`event '${name}'`)),
  };
}

/** Names what a call needs and the script lacks; undefined when it supports the call. */
export function findUnsupported(capabilities: Capabilities, call: Pick<Call, "event" | "action">): string | undefined {
  if (!capabilities.events.includes(call.event)) return `event '${call.event}'`;
  return capabilities.actions.includes(call.action) ? undefined : `action '${call.action}'`;
}

function parseJsonOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function isVersion(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function keepKnown<T extends string>(names: readonly string[], known: readonly T[], warn: (name: string) => void): T[] {
  for (const name of names) {
    if (!known.some((candidate) => candidate === name)) warn(name);
  }
  return known.filter((candidate) => names.includes(candidate));
}
