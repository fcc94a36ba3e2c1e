// mdevctl define: writes the definition of a device.

import { createCommand, type Given } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findActiveDevice } from "../kernel/active.ts";
import type { ActiveDevice } from "../kernel/framework.ts";
import { resolveType } from "../kernel/frameworks.ts";
import { readOrWarn } from "../log.ts";
import { defineDevice, warnOfObstacle } from "../operations/define.ts";
import type { Terms } from "../operations/terms.ts";
import { SystemError } from "../system-error.ts";
import type { Uuid } from "../uuid.ts";
import { describeTypes } from "./explain.ts";
import { readJsonFile } from "./jsonfile.ts";
import * as option from "./options.ts";
import { makeDevice, tellPlace } from "./terms.ts";

export const define = createCommand({
  name: "define",
  summary: "Define a device, to be started by its UUID or with its parent",
  description: `Writes a definition, which is kept until 'mdevctl undefine'. It is taken from the options, a JSON file, or an active
device, which supplies the parent, type and attributes that are not given.
Without --uuid, a UUID is generated and printed.`,
  examples: ["--parent mtty --type mtty-2 --auto", "--uuid $UUID", "--parent matrix --jsonfile device.json"],
  options: [
    {
      ...option.uuid,
      summary: "The device's UUID; an active device is defined as it is",
      completes: "undefined-devices",
    },
    option.parent,
    option.type,
    option.auto,
    option.jsonfile,
    { ...option.force, summary: "Continue even if a callout script refuses or the device cannot be read" },
  ],
  rules: [{ anyOf: ["uuid", "parent"] }, { option: "jsonfile", excludes: ["type", "auto"] }],

  async run(host, given) {
    await makeDevice(host, given, async (uuid, terms) => {
      const isInFile = given.has(option.jsonfile);
      const look = () =>
        isInFile ? readOrWarn(host, () => findActiveDevice(host, uuid)) : readActive(host, uuid, terms);
      const active = given.has(option.uuid) ? look() : undefined;
      const device = isInFile ? deviceInFile(host, given, uuid) : deviceInOptions(host, given, { uuid, active });
      const defined = await defineDevice(host, device, { ...terms, isActive: active !== undefined && !isInFile });
      tellPlace(host, device, defined);
      readOrWarn(host, () => warnOfObstacle(host, defined, active));
    });
  },
});

function deviceInFile(host: Host, given: Given<"parent" | "jsonfile">, uuid: Uuid): Device {
  const parent = given.get(option.parent);
  if (parent === undefined) throw new UserError(`cannot define ${uuid}: --jsonfile needs --parent`);
  return { uuid, parent, ...readJsonFile(host, given.required(option.jsonfile)) };
}

function deviceInOptions(
  host: Host,
  given: Given<"parent" | "type" | "auto">,
  { uuid, active }: { readonly uuid: Uuid; readonly active: ActiveDevice | undefined },
): Device {
  const failure = `cannot define ${uuid}`;
  if (given.has(option.type) && !given.has(option.parent)) {
    throw new UserError(`${failure}: ${given.spellingOf(option.type)} needs --parent`);
  }
  const parent = given.get(option.parent) ?? active?.parent;
  const type = given.get(option.type) ?? active?.type;
  if (parent === undefined) throw new UserError(`${failure}: it is not active, so --parent and --type are needed`);
  if (type === undefined) throw new UserError(`${failure}: --type is needed`, describeTypes(host, parent));
  const start = given.has(option.auto) ? "auto" : "manual";
  return { uuid, parent, ...resolveType(host, { parent, type }, failure), start, attributes: [] };
}

function readActive(host: Host, uuid: Uuid, { force }: Terms): ActiveDevice | undefined {
  try {
    return findActiveDevice(host, uuid);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (!force) throw new UserError(`cannot define ${uuid}: ${error.message}`, "--force defines it all the same.");
    host.log.warn(`${error.message}; going on because of --force`);
    return undefined;
  }
}
