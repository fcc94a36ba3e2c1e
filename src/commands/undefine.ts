// mdevctl undefine: removes the definitions of a device.

import { createCallouts } from "../callout/callouts.ts";
import type { Command, NameOf } from "../cli/command.ts";
import { notDefinedError } from "../errors.ts";
import { undefineDevice } from "../operations/undefine.ts";
import { findDefinitions } from "../store.ts";
import * as option from "./options.ts";

const options = [
  { ...option.uuid, completes: "defined-devices" },
  { ...option.parent, summary: "Remove only the definition under this parent", completes: "parents-of-definitions" },
  option.force,
] as const;

export const undefine: Command<NameOf<typeof options>> = {
  name: "undefine",
  summary: "Remove the definition of a device",
  description: `Removes the definition under every parent, or only under the given one. An active device stays active.`,
  options,
  rules: [{ required: "uuid" }],

  async run(host, given) {
    const wanted = { uuid: given.required(option.uuid), parent: given.get(option.parent) };
    const files = findDefinitions(host, wanted);
    if (files.length === 0) throw notDefinedError("undefine", wanted.uuid, wanted.parent);
    const terms = { callouts: createCallouts(host), force: given.has(option.force) };
    const failures: unknown[] = [];
    for (const file of files) {
      await undefineDevice(host, file, terms).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures);
  },
};
