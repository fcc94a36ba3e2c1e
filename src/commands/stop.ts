// mdevctl stop: stops an active device.

import { createCallouts } from "../callout/callouts.ts";
import type { Command, NameOf } from "../cli/command.ts";
import { stopDevice } from "../operations/stop.ts";
import * as option from "./options.ts";

const options = [{ ...option.uuid, completes: "active-devices" }, option.force] as const;

export const stop: Command<NameOf<typeof options>> = {
  name: "stop",
  summary: "Stop an active device",
  description: `Its definition, if it has one, is kept.`,
  options,
  rules: [{ required: "uuid" }],

  run: (host, given) =>
    stopDevice(host, given.required(option.uuid), {
      callouts: createCallouts(host),
      force: given.has(option.force),
    }),
};
