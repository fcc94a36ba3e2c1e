// mdevctl start-parent-mdevs: what udev runs when a parent device has appeared.

import { createCommand, createFlag } from "../cli/command.ts";
import { withSystem } from "../host.ts";
import { readDefinitions } from "../store.ts";
import { toSystemLog } from "../system/syslog.ts";
import * as option from "./options.ts";

const syslog = createFlag("syslog", undefined, "Write messages to the system log instead of stderr");

export const startParentMdevs = createCommand({
  name: "start-parent-mdevs",
  summary: "Start the devices of a parent that are to start automatically",
  description: `Starts every device that is defined under this parent with start mode auto. One that fails is reported, and the next one
is started. mdevctl waits about three seconds in total, for all devices together, for a driver that is not ready yet.`,
  examples: ["mtty"],
  operand: option.parent,
  options: [syslog],
  rules: [],
  hidden: true,

  async run(terminal, given) {
    const host = given.has(syslog) ? withSystem(terminal, toSystemLog(terminal.system)) : terminal;
    const defined = [...readDefinitions(host, { parent: given.required(option.parent) })];
    const devices = defined.filter((device) => device.start === "auto");
    if (devices.length === 0) return;
    const { startAutomatically } = await import("../lazy.ts");
    await startAutomatically(host, devices);
  },
});
