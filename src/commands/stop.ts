// mdevctl stop: stops an active device.

import { createCommand } from "../cli/command.ts";
import { stopDevice } from "../operations/stop.ts";
import * as option from "./options.ts";
import { termsOf } from "./terms.ts";

export const stop = createCommand({
  name: "stop",
  summary: "Stop an active device",
  description: "Its definition, if it has one, is kept.",
  examples: ["--uuid $UUID"],
  options: [{ ...option.uuid, completes: "active-devices" }, option.force],
  rules: [{ required: "uuid" }],
  run: (host, given) => stopDevice(host, given.required(option.uuid), termsOf(host, given)),
});
