// mdevctl start-parent-mdevs: what udev runs when a parent device has appeared.

import { createCallouts } from "../callout/callouts.ts";
import type { Command } from "../cli/command.ts";
import { UserError } from "../errors.ts";
import { createDevice } from "../kernel/mdev.ts";
import { ensureNames } from "../names.ts";
import { readDefinitions } from "../store.ts";
import { parent } from "./options.ts";

export const startParentMdevs: Command = {
  name: "start-parent-mdevs",
  summary: "Start the devices of a parent that are to start automatically",
  description: `Starts every device that is defined under this parent with start mode auto. One that fails is reported, and the next one
is started.`,
  operand: { ...parent, summary: "The parent device" },
  options: [],
  rules: [],
  hidden: true,

  async run(host, given) {
    const devices = readDefinitions(host, { parent: given.required(parent) }).filter(
      (device) => device.start === "auto",
    );
    const callouts = createCallouts(host);
    for (const device of devices) {
      try {
        ensureNames(device);
        await callouts.around({ action: "start", device, force: false }, () => createDevice(host, device));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        host.log.warn(error.message);
      }
    }
  },
};
