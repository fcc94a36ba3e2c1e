// mdevctl types: the types that the parent devices of this host offer.

import { createCommand } from "../cli/command.ts";
import { escapeControls } from "../escape.ts";
import { createStyle, fillLines, keepOnLine, writePieces } from "../format.ts";
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
  options: [{ ...option.parent, summary: "List only this parent device, or those of this card" }, option.dumpjson],
  rules: [],

  run(host, given) {
    const parents = findParents(host, given.get(option.parent));
    const pieces = given.has(option.dumpjson) ? formatJson(parents) : formatLines(host, skipFull(parents));
    if (writePieces(host.system, pieces) || !host.system.isTerminal("stderr")) return;
    explainNoTypes(host, given.get(option.parent));
  },
});

/** Nothing can be made now of a part of a card without types. */
function* skipFull(parents: Iterable<Parent>): Generator<Parent> {
  for (const parent of parents) {
    if (parent.card === undefined || parent.types.length > 0) yield parent;
  }
}

function* formatLines({ system }: Host, parents: Iterable<Parent>): Generator<string> {
  const style = createStyle(system);
  const isTerminal = system.isTerminal("stdout");
  const show = isTerminal ? escapeType : keepTypeOnLine;
  const format = ({ types }: Parent) => types.reduce((text, type) => text + formatType(show(type), style), "");
  if (!isTerminal) {
    for (const parent of parents) yield `${keepOnLine(parent.name)}\n${format(parent)}`;
    return;
  }
  // The virtual functions of a card are alike, so people see their names together, and what they offer once.
  const namesByTypes = new Map<string, string[]>();
  for (const parent of parents) {
    const types = format(parent);
    const names = namesByTypes.get(types);
    const name = escapeControls(parent.name);
    if (names === undefined) namesByTypes.set(types, [name]);
    else names.push(name);
  }
  for (const [types, names] of namesByTypes) {
    const lines = fillLines(names, { width: 80, gap: "  " }).map((line) => `${style("bold", line)}\n`);
    yield `${lines.join("")}${types}`;
  }
}

/** For a terminal. */
function escapeType(type: Type): Type {
  return {
    ...type,
    name: escapeControls(type.name),
    deviceApi: escapeControls(type.deviceApi),
    label: escapeControls(type.label),
    description: escapeControls(onOneLine(type.description)),
  };
}

/** For a pipe. Hardly any name has a line break. */
function keepTypeOnLine(type: Type): Type {
  const { name, label } = type;
  if (!name.includes("\n") && !label.includes("\n")) return type;
  return { ...type, name: keepOnLine(name), label: keepOnLine(label) };
}

function formatType(type: Type, style: ReturnType<typeof createStyle>): string {
  const { name, availableInstances, deviceApi, label, description } = type;
  const text = `  ${name}
    Available instances: ${availableInstances}
    Device API: ${deviceApi}
${label === "" ? "" : `    Name: ${label}\n`}${description === "" ? "" : `    Description: ${onOneLine(description)}\n`}`;
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
