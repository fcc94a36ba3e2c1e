// The events of `mdevctl monitor` for people: a line each.

import type { Escapes } from "../format.ts";
import type { MonitorEvent } from "./event.ts";

export function formatEvent(event: MonitorEvent, { name: show }: Escapes): string {
  const words = [event.time, event.event.padEnd("parent-present".length), ...describeSubject(event, show)];
  return `${words.join("  ").trimEnd()}\n`;
}

function describeSubject(event: MonitorEvent, show: (text: string) => string): string[] {
  if (!("uuid" in event)) return [];
  const { uuid, parent, card, type } = event;
  if (uuid === null) return [show(parent), ...(card === null ? [] : [`of ${show(card)}`])];
  const { type_name: typeName, defined, start, active } = event;
  const state = [...(defined ? [start ?? "defined"] : []), ...(active ? ["active"] : [])].join(", ");
  return [uuid, show(parent), show(typeName === null ? type : `${type} (${typeName})`), state];
}
