// mdevctl undefine: removes the definitions of a device.

import { createCallouts } from "../callout/callouts.ts";
import type { Command } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { notDefined, UserError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type DefinitionFile, findDefinitions, readDefinition, removeDefinition, whileLocked } from "../store.ts";
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
    if (files.length === 0) throw notDefined("undefine", id, under);
    const callouts = createCallouts(host);
    const failures: unknown[] = [];
    for (const file of files) {
      await whileLocked(host, async (unlock) => {
        const device = readOrWarn(host, file);
        const remove = () => {
          removeDefinition(host, file);
          unlock();
        };
        // Without its type there is no telling which script a broken definition concerns.
        if (device === undefined) remove();
        else await callouts.around({ action: "undefine", device, force: given.has(force) }, remove);
      }).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures);
  },
};

function readOrWarn(host: Host, file: DefinitionFile): Device | undefined {
  try {
    return readDefinition(host, file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    host.log.warn(`${error.message}; removing it without asking callout scripts`);
    return undefined;
  }
}
