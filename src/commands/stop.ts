// mdevctl stop: stops an active device.

import { createCommand } from "../cli/command.ts";
import { stopDevice } from "../operations/stop.ts";
import { deviceOperand, findUuid } from "./device.ts";
import * as option from "./options.ts";
import { termsOf } from "./terms.ts";

export const stop = createCommand({
  name: "stop",
  summary: "Stop an active device",
  description: "Its definition, if it has one, is kept. A device that a process uses is not stopped.",
  examples: ["$UUID"],
  operand: { ...deviceOperand, completes: "active-devices" },
  options: [
    { ...option.uuid, completes: "active-devices" },
    { ...option.force, summary: "Continue even if it is in use or a callout script refuses" },
  ],
  rules: [{ required: "uuid" }],
  run: (host, given) => stopDevice(host, findUuid(host, given, ["active"]), termsOf(host, given)),
});
