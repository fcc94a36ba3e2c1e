// What a callout script says it supports. A script that answers takes care of its type alone; older ones do not know the
// question, and are tried one by one instead.

import { isObject, JsonError, parseJson } from "../json.ts";
import type { Log } from "../log.ts";
import { type Action, actions, type Event, events } from "./script.ts";

export interface Capabilities {
  readonly actions: readonly Action[];
  readonly events: readonly Event[];
}

/** What a script with capabilities is told that we can do. */
export const capabilitiesQuestion = JSON.stringify({ provides: { version: 2, actions, events } });

/** Undefined when the answer is not the JSON asked for: the script has no capabilities. Unknown names in it are warned about. */
export function readCapabilities(log: Log, script: string, answer: string): Capabilities | undefined {
  const value = jsonOrNothing(answer);
  const supports = isObject(value) ? value.supports : undefined;
  if (!isObject(supports)) return undefined;
  if (!isVersion(supports.version) || !isTexts(supports.actions) || !isTexts(supports.events)) return undefined;
  return {
    actions: known(log, script, "action", supports.actions, actions),
    events: known(log, script, "event", supports.events, events),
  };
}

function jsonOrNothing(text: string): unknown {
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

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function known<T extends string>(
  log: Log,
  script: string,
  what: string,
  names: readonly string[],
  all: readonly T[],
): T[] {
  for (const name of names) {
    if (!all.some((candidate) => candidate === name))
      log.warn(`script ${script} supports an ${what} '${name}', which does not exist`);
  }
  return all.filter((candidate) => names.includes(candidate));
}
