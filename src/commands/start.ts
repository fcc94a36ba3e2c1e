// mdevctl start: starts a device as it is defined, or a transient one.

import { createCommand, type Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice, parentsNamed } from "../kernel/active.ts";
import { alreadyActiveError } from "../kernel/failures.ts";
import { TakenError } from "../kernel/framework.ts";
import { resolveType } from "../kernel/frameworks.ts";
import { choosePlace } from "../operations/place.ts";
import { startDevice } from "../operations/start.ts";
import type { Terms } from "../operations/terms.ts";
import { type DefinitionFile, findDefinition, readDefinition } from "../store.ts";
import type { Uuid } from "../uuid.ts";
import { deviceOperand } from "./device.ts";
import { describeTypes } from "./explain.ts";
import { readJsonFile } from "./jsonfile.ts";
import * as option from "./options.ts";
import { makeDevice, tellPlace } from "./terms.ts";

export const start = createCommand({
  name: "start",
  summary: "Start a device",
  description: `A defined device is started as its definition says. Any other device is transient: it needs a parent and a type, or a
JSON file, and is forgotten when it stops. Without a UUID, one is generated and printed.`,
  examples: ["$UUID", "--parent mtty --type mtty-2"],
  operand: { ...deviceOperand, completes: "inactive-devices" },
  options: [
    { ...option.uuid, summary: "The device, defined or new", completes: "inactive-devices" },
    option.parent,
    option.type,
    option.jsonfile,
    option.force,
  ],
  rules: [{ anyOf: ["uuid", "parent"] }, { option: "jsonfile", excludes: ["type"] }],

  run: (host, given) =>
    makeDevice(host, given, async (uuid, terms) => {
      const wanted = deviceToStart(host, given, uuid);
      tellPlace(host, wanted, await startSomewhere(host, wanted, terms));
    }),
});

/** On a card, another command may take the place that was chosen. */
async function startSomewhere(host: Host, wanted: Device, terms: Terms): Promise<Device> {
  for (;;) {
    const device = choosePlace(host, wanted, "start");
    try {
      await startDevice(host, device, terms);
      return device;
    } catch (error) {
      if (!(error instanceof TakenError) || device.parent === wanted.parent) throw error;
    }
  }
}

function deviceToStart(host: Host, given: Given<"uuid" | "parent" | "type" | "jsonfile">, uuid: Uuid): Device {
  const failure = `cannot start ${uuid}`;
  const parent = given.get(option.parent);
  const type = given.get(option.type);
  const file = given.get(option.jsonfile);
  if (file !== undefined) {
    if (parent === undefined) throw new UserError(`${failure}: --jsonfile needs --parent`);
    return { uuid, parent, ...readJsonFile(host, file) };
  }

  const definition = given.has(option.uuid) ? findDefinitionBelow(host, uuid, parent) : undefined;
  if (definition !== undefined) {
    const device = readDefinition(host, definition);
    if (type === undefined || resolveType(host, { ...device, type }, failure).type === device.type) return device;
    throw new UserError(`${failure}: it is defined with another type, ${device.type}`);
  }
  if (parent === undefined || type === undefined) {
    const active = given.has(option.uuid) ? findActiveDevice(host, uuid) : undefined;
    if (active !== undefined) throw alreadyActiveError({ parent, type }, active);
    const where = parent === undefined ? "" : ` under ${parent}`;
    const reason = given.has(option.uuid) ? `it is not defined${where}, so ` : "";
    if (parent !== undefined) throw new UserError(`${failure}: ${reason}--type is needed`, describeTypes(host, parent));
    throw new UserError(`${failure}: ${reason}--parent ${type === undefined ? "and --type are" : "is"} needed`);
  }
  return { uuid, parent, ...resolveType(host, { parent, type }, failure), start: "manual", attributes: [] };
}

/** Under the parent, or one of the card of this name. */
function findDefinitionBelow(host: Host, uuid: Uuid, name: string | undefined): DefinitionFile | undefined {
  if (name === undefined) return findDefinition(host, uuid, undefined);
  for (const parent of parentsNamed(host, name)) {
    const found = findDefinition(host, uuid, parent);
    if (found !== undefined) return found;
  }
  return undefined;
}
