// mdevctl types: the types that the parent devices of this host offer.

import { createCommand } from "../cli/command.ts";
import { createEscapes, createStyle, type Escapes, fillLines, writePieces } from "../format.ts";
import type { Host } from "../host.ts";
import { formatListing, formatObject, quote } from "../json-writer.ts";
import type { Parent, Type } from "../kernel/framework.ts";
import { findParents } from "../kernel/frameworks.ts";
import { explainNoTypes } from "./explain.ts";
import * as option from "./options.ts";

export const types = createCommand({
  name: "types",
  summary: "List the mdev types that parent devices support",
  description: `Lists the types of each parent device: how many more devices of the type can be created, and what the driver says about it.`,
  examples: ["", "--parent mtty"],
  options: [{ ...option.parent, summary: "List only this parent device" }, option.dumpjson],
  rules: [],

  run(host, given) {
    const parents = findParents(host, given.get(option.parent));
    const pieces = given.has(option.dumpjson) ? formatJson(parents) : formatLines(host, parents);
    if (writePieces(host.system, pieces) || !host.system.isTerminal("stderr")) return;
    explainNoTypes(host, given.get(option.parent));
  },
});

function* formatLines({ system }: Host, parents: Iterable<Parent>): Generator<string> {
  const style = createStyle(system);
  const isTerminal = system.isTerminal("stdout");
  const escapes = createEscapes({ isTerminal });
  const format = ({ types }: Parent) => types.reduce((text, type) => text + formatType(type, style, escapes), "");
  if (!isTerminal) {
    for (const parent of parents) yield `${escapes.name(parent.name)}\n${format(parent)}`;
    return;
  }
  // The virtual functions of a card are alike, so people see their names together, and what they offer once.
  const namesByTypes = new Map<string, string[]>();
  for (const parent of parents) {
    const types = format(parent);
    const names = namesByTypes.get(types);
    const name = escapes.name(parent.name);
    if (names === undefined) namesByTypes.set(types, [name]);
    else names.push(name);
  }
  for (const [types, names] of namesByTypes) {
    const lines = fillLines(names, { width: 80, gap: "  " }).map((line) => `${style("bold", line)}\n`);
    yield `${lines.join("")}${types}`;
  }
}

function formatType(type: Type, style: ReturnType<typeof createStyle>, escapes: Escapes): string {
  const { availableInstances } = type;
  const label = escapes.name(type.label);
  const description = escapes.text(onOneLine(type.description));
  const text = `  ${escapes.name(type.name)}
    Available instances: ${availableInstances}
    Device API: ${escapes.text(type.deviceApi)}
${label === "" ? "" : `    Name: ${label}\n`}${description === "" ? "" : `    Description: ${description}\n`}`;
  return availableInstances > 0 ? text : text.replace(/.+/g, (line) => style("faint", line));
}

function formatJson(parents: Iterable<Parent>): Iterable<string> {
  return formatListing(groupTypes(parents), formatTypeJson);
}

function* groupTypes(parents: Iterable<Parent>): Generator<readonly [parent: string, types: readonly Type[]]> {
  for (const { name, types } of parents) yield [name, types];
}

function formatTypeJson({ name, availableInstances, deviceApi, label, description }: Type, margin: string): string {
  const fields = [`"available_instances": ${availableInstances}`, `"device_api": ${quote(deviceApi)}`];
  if (label !== "") fields.push(`"name": ${quote(label)}`);
  if (description !== "") fields.push(`"description": ${quote(onOneLine(description))}`);
  return `${quote(name)}: ${formatObject(margin, fields)}`;
}

function onOneLine(description: string): string {
  return description.replaceAll("\n", ", ");
}
