// mdevctl define: writes the definition of a device.

import { createCallouts } from "../callout/callouts.ts";
import type { Command, Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type ActiveDevice, findActiveDevice } from "../kernel/mdev.ts";
import { whileLocked } from "../lock.ts";
import { ensureNames } from "../names.ts";
import { findDefinitions, readJsonFile } from "../store.ts";
import { makeDefinitionsDirectory, removeDefinition, saveDefinition } from "../store-changes.ts";
import { SystemError } from "../system-error.ts";
import { generateUuid, type Uuid } from "../uuid.ts";
import { announce } from "./announce.ts";
import { about, auto, force, jsonfile, parent, type, uuid } from "./options.ts";

export const define: Command = {
  name: "define",
  summary: "Define a device, so that it can be started by its UUID or with its parent",
  description: `Writes a definition, which stays until 'mdevctl undefine'. It is made of the options, of a JSON file, or of an
active device: parent, type and attributes are taken from the device where they are not given.
Without --uuid one is generated and printed.`,
  options: [
    about(uuid, "The device's UUID; that of an active device defines it as it is"),
    parent,
    type,
    auto,
    jsonfile,
    about(force, "Go on when a callout script refuses or the device cannot be read"),
  ],
  rules: [{ anyOf: ["uuid", "parent"] }, { option: "jsonfile", excludes: ["type", "auto"] }],

  async run(host, given) {
    const id = given.get(uuid) ?? generateUuid(host.system);
    const active = given.has(uuid) && !given.has(jsonfile) ? activeDevice(host, id, given.has(force)) : undefined;
    const device = given.has(jsonfile) ? deviceInFile(host, given, id) : deviceInOptions(given, id, active);
    ensureNames("define", device);

    const callouts = createCallouts(host);
    makeDefinitionsDirectory(host);
    await whileLocked(host, async (unlock) => {
      if (findDefinitions(host, device).length > 0) {
        throw new UserError(
          `cannot define ${id}: it is defined under ${device.parent} already`,
          "'mdevctl modify' changes a definition, 'mdevctl undefine' removes it.",
        );
      }
      await callouts.around({ action: "define", device, force: given.has(force) }, async () => {
        const attributes = active === undefined ? device.attributes : await callouts.readAttributes(device);
        ensureNames("define", { ...device, attributes });
        await saveDefinition(host, { ...device, attributes });
        if (!given.has(uuid)) await announce(host, id, () => removeDefinition(host, device));
        unlock();
      });
    });
  },
};

function deviceInFile(host: Host, given: Given, id: Uuid): Device {
  const under = given.get(parent);
  const file = given.get(jsonfile);
  if (under === undefined || file === undefined) throw new UserError(`cannot define ${id}: --jsonfile needs --parent`);
  return { uuid: id, parent: under, ...readJsonFile(host, file) };
}

function deviceInOptions(given: Given, id: Uuid, active: ActiveDevice | undefined): Device {
  const failure = `cannot define ${id}`;
  const under = given.get(parent);
  if (under === undefined && given.has(type)) throw new UserError(`${failure}: --type needs --parent`);
  if (under === undefined && active === undefined) {
    throw new UserError(`${failure}: it is not active, so --parent and --type are needed`);
  }
  const ofParent = under ?? active?.parent;
  const ofType = given.get(type) ?? active?.type;
  if (ofParent === undefined || ofType === undefined) throw new UserError(`${failure}: --type is needed`);
  return { uuid: id, parent: ofParent, type: ofType, start: given.has(auto) ? "auto" : "manual", attributes: [] };
}

function activeDevice(host: Host, id: Uuid, forced: boolean): ActiveDevice | undefined {
  try {
    return findActiveDevice(host, id);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (!forced) throw new UserError(`cannot define ${id}: ${error.message}`, "--force defines it all the same.");
    host.log.warn(`${error.message}; going on because of --force`);
    return undefined;
  }
}
