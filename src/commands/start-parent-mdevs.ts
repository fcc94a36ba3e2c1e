// mdevctl start-parent-mdevs: what udev runs when a parent device has appeared.

import type { Command, Flag } from "../cli/command.ts";
import type { Device } from "../device.ts";
import { UserError } from "../errors.ts";
import { type Host, withSystem } from "../host.ts";
import { createDevice, isActive, NotReadyError } from "../kernel/mdev.ts";
import { ensureNames } from "../names.ts";
import { readDefinitions } from "../store.ts";
import { toSystemLog } from "../system/syslog.ts";
import { parent } from "./options.ts";

const syslog: Flag = { name: "syslog", summary: "Write messages to the system log instead of stderr" };

export const startParentMdevs: Command = {
  name: "start-parent-mdevs",
  summary: "Start the devices of a parent that are to start automatically",
  description: `Starts every device that is defined under this parent with start mode auto. One that fails is reported, and the next one
is started. A driver that is not ready yet is given about three seconds, once for all devices.`,
  operand: { ...parent, summary: "The parent device" },
  options: [syslog],
  rules: [],
  hidden: true,

  async run(terminal, given) {
    const host = given.has(syslog) ? withSystem(terminal, toSystemLog(terminal.system)) : terminal;
    const defined = [...readDefinitions(host, { parent: given.required(parent) })];
    const devices = defined.filter((device) => device.start === "auto");
    // For most parents this is all.
    if (devices.length === 0) return;
    const { createCallouts } = await import("../callout/callouts.ts");
    const callouts = createCallouts(host);
    const pauses = pausesInMilliseconds.values();
    // Whoever runs this by hand wants to see it go on.
    const isWatched = devices.length > 1 && host.system.isTerminal("stderr");
    for (const [index, device] of devices.entries()) {
      try {
        ensureNames("start", device);
        // udev has more than one event for a parent; those after the first find the work done.
        if (isActive(host, device)) continue;
        if (isWatched) host.log.relay("mdevctl", `starting ${device.uuid}, ${index + 1} of ${devices.length}`);
        const work = () => createWhenReady(host, device, pauses);
        await callouts.around({ action: "start", device, force: false }, work);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        host.log.warn(error.message);
      }
    }
  },
};

/** One budget for all devices, so that a driver which never gets ready does not hold up udev for long. */
const pausesInMilliseconds = [100, 200, 400, 800, 1600];

async function createWhenReady(host: Host, device: Device, pauses: Iterator<number>): Promise<void> {
  for (;;) {
    try {
      return await createDevice(host, device);
    } catch (error) {
      const pause = error instanceof NotReadyError ? pauses.next() : undefined;
      if (pause === undefined || pause.done) throw error;
      await host.system.sleep(pause.value);
    }
  }
}
