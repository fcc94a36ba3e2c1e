// mdevctl start: starts a device as it is defined, or a transient one.

import { createCommand, type Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import { alreadyActiveError } from "../kernel/failures.ts";
import { startDevice } from "../operations/start.ts";
import { findDefinition, readDefinition } from "../store.ts";
import type { Uuid } from "../uuid.ts";
import { describeTypes } from "./explain.ts";
import { readJsonFile } from "./jsonfile.ts";
import * as option from "./options.ts";
import { makeDevice } from "./terms.ts";

export const start = createCommand({
  name: "start",
  summary: "Start a device",
  description: `A defined device is started as its definition says. Any other device is transient: it needs a parent and a type, or a
JSON file, and is forgotten when it stops. Without --uuid, a UUID is generated and printed.`,
  examples: ["--uuid $UUID", "--parent mtty --type mtty-2"],
  options: [
    { ...option.uuid, summary: "The device, defined or new", completes: "inactive-devices" },
    option.parent,
    option.type,
    option.jsonfile,
    option.force,
  ],
  rules: [{ anyOf: ["uuid", "parent"] }, { option: "jsonfile", excludes: ["type"] }],

  run: (host, given) =>
    makeDevice(host, given, async (uuid, terms) => startDevice(host, deviceToStart(host, given, uuid), terms)),
});

function deviceToStart(host: Host, given: Given<"uuid" | "parent" | "type" | "jsonfile">, uuid: Uuid): Device {
  const failure = `cannot start ${uuid}`;
  const parent = given.get(option.parent);
  const type = given.get(option.type);
  const file = given.get(option.jsonfile);
  if (file !== undefined) {
    if (parent === undefined) throw new UserError(`${failure}: --jsonfile needs --parent`);
    return { uuid, parent, ...readJsonFile(host, file) };
  }

  const definition = given.has(option.uuid) ? findDefinition(host, uuid, parent) : undefined;
  if (definition !== undefined) {
    const device = readDefinition(host, definition);
    if (type === undefined || type === device.type) return device;
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
  return { uuid, parent, type, start: "manual", attributes: [] };
}
