// mdevctl stop: removes a device from the kernel.

import { createCallouts } from "../callout/callouts.ts";
import type { Command } from "../cli/command.ts";
import { notActiveError } from "../errors.ts";
import { findActiveDevice } from "../kernel/mdev.ts";
import { removeDevice } from "../kernel/mdev-changes.ts";
import { force, uuid } from "./options.ts";

export const stop: Command = {
  name: "stop",
  summary: "Stop an active device",
  description: `Its definition stays if it has one.`,
  options: [uuid, force],
  rules: [{ required: "uuid" }],

  async run(host, given) {
    const id = given.required(uuid);
    const active = findActiveDevice(host, id);
    if (active === undefined) throw notActiveError("stop", id);
    // As mdevctl 1.4 tells it to the scripts, whatever the definition says.
    const device = { ...active, start: "manual", attributes: [] } as const;
    await createCallouts(host).around({ action: "stop", device, force: given.has(force) }, () =>
      removeDevice(host, id),
    );
  },
};
