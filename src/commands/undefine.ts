// mdevctl undefine: removes the definitions of a device.

import { createCommand } from "../cli/command.ts";
import { notDefinedError } from "../errors.ts";
import { undefineDevice } from "../operations/undefine.ts";
import { findDefinitions } from "../store.ts";
import { deviceOperand, findUuid } from "./device.ts";
import * as option from "./options.ts";
import { termsOf } from "./terms.ts";

export const undefine = createCommand({
  name: "undefine",
  summary: "Remove the definition of a device",
  description: `Removes the definition under every parent, or only under the given one. An active device stays active.`,
  examples: ["$UUID"],
  operand: { ...deviceOperand, completes: "defined-devices" },
  options: [
    { ...option.uuid, completes: "defined-devices" },
    { ...option.parent, summary: "Remove only the definition under this parent", completes: "parents-of-definitions" },
    option.force,
  ],
  rules: [{ required: "uuid" }],

  async run(host, given) {
    const wanted = { uuid: findUuid(host, given, ["defined"]), parent: given.get(option.parent) };
    const files = findDefinitions(host, wanted);
    if (files.length === 0) throw notDefinedError("undefine", wanted.uuid, wanted.parent);
    const terms = termsOf(host, given);
    const failures: unknown[] = [];
    for (const file of files) {
      await undefineDevice(host, file, terms).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures);
  },
});
