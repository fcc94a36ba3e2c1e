// mdevctl start-parent-mdevs: what udev runs when a parent device has appeared.

import { createCommand, createFlag } from "../cli/command.ts";
import { withSystem } from "../host.ts";
import { findAutomatic } from "../operations/automatic.ts";
import { toSystemLog } from "../system/syslog.ts";
import * as option from "./options.ts";

const syslog = createFlag("syslog", undefined, "Write messages to the system log instead of stderr");

export const startParentMdevs = createCommand({
  name: "start-parent-mdevs",
  summary: "Start the devices of a parent that are to start automatically",
  description: `Starts every device that is defined with start mode auto under this parent, or under the virtual functions of this card. One
that fails is reported, and the next one is started. mdevctl waits for a driver that is not ready yet: about three
seconds in total for all devices of a parent, up to a minute for those of a card.`,
  examples: ["mtty"],
  operand: option.parent,
  options: [syslog],
  rules: [],
  hidden: true,

  async run(terminal, given) {
    const host = given.has(syslog) ? withSystem(terminal, toSystemLog(terminal.system)) : terminal;
    const parent = given.required(option.parent);
    const automatic = findAutomatic(host, parent);
    if (automatic.devices.length === 0 && !automatic.areOfCard) return;
    const { startAutomatically } = await import("../lazy.ts");
    await startAutomatically(host, parent, automatic);
  },
});
