// mdevctl start: creates a device, from its definition or for this once.

import { createCallouts } from "../callout/callouts.ts";
import type { Command, Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { createDevice, removeDevice } from "../kernel/mdev-changes.ts";
import { ensureNames } from "../names.ts";
import { findDefinition, readDefinition, readJsonFile } from "../store.ts";
import { generateUuid, type Uuid } from "../uuid.ts";
import { announce } from "./announce.ts";
import { about, force, jsonfile, parent, type, uuid } from "./options.ts";

export const start: Command = {
  name: "start",
  summary: "Start a device",
  description: `A device that is defined is started as it is defined. Any other is transient: it needs a parent and a type, or a JSON file,
and is forgotten when it stops. Without --uuid one is generated and printed.`,
  options: [about(uuid, "The device, defined or new"), parent, type, jsonfile, force],
  rules: [{ anyOf: ["uuid", "parent"] }, { option: "jsonfile", excludes: ["type"] }],

  async run(host, given) {
    const device = deviceToStart(host, given, given.get(uuid) ?? generateUuid(host.system));
    ensureNames("start", device);
    await createCallouts(host).around({ action: "start", device, force: given.has(force) }, async () => {
      await createDevice(host, device);
      if (!given.has(uuid)) await announce(host, device.uuid, () => removeDevice(host, device.uuid));
    });
  },
};

function deviceToStart(host: Host, given: Given, id: Uuid): Device {
  const failure = `cannot start ${id}`;
  const under = given.get(parent);
  const ofType = given.get(type);
  const file = given.get(jsonfile);
  if (file !== undefined) {
    if (under === undefined) throw new UserError(`${failure}: --jsonfile needs --parent`);
    return { uuid: id, parent: under, ...readJsonFile(host, file) };
  }

  const definition = given.has(uuid) ? findDefinition(host, id, under) : undefined;
  if (definition !== undefined) {
    const device = readDefinition(host, definition);
    if (ofType === undefined || ofType === device.type) return device;
    throw new UserError(`${failure}: it is defined with another type, ${device.type}`);
  }
  if (under === undefined || ofType === undefined) {
    const known = given.has(uuid) ? `it is not defined${under === undefined ? "" : ` under ${under}`}, so ` : "";
    throw new UserError(`${failure}: ${known}--parent and --type are needed`);
  }
  return { uuid: id, parent: under, type: ofType, start: "manual", attributes: [] };
}
