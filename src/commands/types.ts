// mdevctl types: what the parent devices of this host can be divided into.

import type { Command } from "../cli/command.ts";
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
    host.system.write("stdout", given.has(dumpjson) ? formatJson(parents) : parents.map(formatParent).join(""));
  },
};

function formatParent(parent: Parent): string {
  return `${parent.name}\n${parent.types.map(formatType).join("")}`;
}

function formatType({ name, availableInstances, deviceApi, label, description }: MdevType): string {
  const lines = [`Available instances: ${availableInstances}`, `Device API: ${deviceApi}`];
  if (label !== "") lines.push(`Name: ${label}`);
  if (description !== "") lines.push(`Description: ${onOneLine(description)}`);
  return `  ${name}\n${lines.map((line) => `    ${line}\n`).join("")}`;
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
