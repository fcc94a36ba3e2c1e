// mdevctl undefine: removes the definitions of a device.

import { createCallouts } from "../callout/callouts.ts";
import type { Command } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { notDefinedError, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { whileLocked } from "../lock.ts";
import { parseName } from "../names.ts";
import { type DefinitionFile, findDefinitions, readDefinition } from "../store.ts";
import { removeDefinition } from "../store-changes.ts";
import { about, force, parent, uuid } from "./options.ts";

export const undefine: Command = {
  name: "undefine",
  summary: "Remove the definition of a device",
  description: `Removes it under every parent that has one, or under the one that is given. An active device stays active.`,
  options: [uuid, about(parent, "Only the definition under this parent"), force],
  rules: [{ required: "uuid" }],

  async run(host, given) {
    const id = given.required(uuid);
    const under = given.get(parent);
    const files = findDefinitions(host, { uuid: id, parent: under });
    if (files.length === 0) throw notDefinedError("undefine", id, under);
    const callouts = createCallouts(host);
    const failures: unknown[] = [];
    for (const { parent: under } of files) {
      await whileLocked(host, async (unlock) => {
        // Another command may have removed it meanwhile.
        const [file] = findDefinitions(host, { uuid: id, parent: under });
        if (file === undefined) throw notDefinedError("undefine", id, under);
        const device = readOrWarn(host, file);
        const remove = async () => {
          await removeDefinition(host, file);
          unlock();
        };
        // Without its type there is no telling which script a broken definition concerns.
        if (device === undefined) await remove();
        else await callouts.around({ action: "undefine", device, force: given.has(force) }, remove);
      }).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures);
  },
};

function readOrWarn(host: Host, file: DefinitionFile): Device | undefined {
  try {
    const device = readDefinition(host, file);
    parseName(device.type);
    return device;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(`${error.message}; removing it without asking callout scripts`);
    return undefined;
  }
}
