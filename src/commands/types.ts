// mdevctl types: what the parent devices of this host can be divided into.

import type { Command } from "../cli/command.ts";
import { fillLines, styling } from "../format.ts";
import type { Host } from "../host.ts";
import { formatObject, indent } from "../json.ts";
import { findParent, findParents, type MdevType, type Parent } from "../kernel/mdev.ts";
import { about, dumpjson, parent } from "./options.ts";

export const types: Command = {
  name: "types",
  summary: "List the mdev types that parent devices support",
  description: `For each parent device its types: how many more devices of it there can be, and what the driver says about it.`,
  options: [about(parent, "Only this parent device"), dumpjson],
  rules: [],

  run(host, given) {
    const name = given.get(parent);
    const parents = name === undefined ? findParents(host) : findParent(host, name);
    host.system.write("stdout", given.has(dumpjson) ? formatJson(parents) : formatLines(host, parents));
  },
};

function formatLines({ system }: Host, parents: readonly Parent[]): string {
  const style = styling(system);
  const sections = parents.map(({ name, types }) => ({
    name,
    types: types.map((type) => formatType(type, style)).join(""),
  }));
  if (!system.isTerminal("stdout")) return sections.map(({ name, types }) => `${name}\n${types}`).join("");

  // The virtual functions of one card are alike: people get their names together, and what they offer once.
  const namesByTypes = new Map<string, string[]>();
  for (const { name, types } of sections) {
    const names = namesByTypes.get(types);
    if (names === undefined) namesByTypes.set(types, [name]);
    else names.push(name);
  }
  return [...namesByTypes]
    .map(([types, names]) => {
      const lines = fillLines(names, 80).map((line) => `${style("bold", line)}\n`);
      return `${lines.join("")}${types}`;
    })
    .join("");
}

function formatType(type: MdevType, style: ReturnType<typeof styling>): string {
  const { name, availableInstances, deviceApi, label, description } = type;
  const lines = [`  ${name}`, `    Available instances: ${availableInstances}`, `    Device API: ${deviceApi}`];
  if (label !== "") lines.push(`    Name: ${label}`);
  if (description !== "") lines.push(`    Description: ${onOneLine(description)}`);
  const shown = availableInstances > 0 ? lines : lines.map((line) => style("faint", line));
  return `${shown.join("\n")}\n`;
}

function formatJson(parents: readonly Parent[]): string {
  if (parents.length === 0) return "[]\n";
  const fields = parents.map((parent) => [parent.name, parent.types.map(typeJson)] as const);
  return `[\n${indent(formatObject(fields))}\n]\n`;
}

function typeJson({ name, availableInstances, deviceApi, label, description }: MdevType): object {
  return {
    [name]: {
      available_instances: availableInstances,
      device_api: deviceApi,
      ...(label === "" ? {} : { name: label }),
      ...(description === "" ? {} : { description: onOneLine(description) }),
    },
  };
}

function onOneLine(description: string): string {
  return description.split("\n").join(", ");
}
