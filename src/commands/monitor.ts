// mdevctl monitor: what happens on the host, as it happens.

import { createCommand, type ValueOption } from "../cli/command.ts";
import { createEscapes } from "../format.ts";
import { monitor as follow } from "../monitor/monitor.ts";
import { formatEvent } from "../monitor/text.ts";
import * as option from "./options.ts";

const interval = {
  name: "interval",
  placeholder: "SECONDS",
  summary: "Look at least this often for changes that nobody tells of; default: 5",
  parse: option.parseSeconds,
} as const satisfies ValueOption<number>;

export const monitor = createCommand({
  name: "monitor",
  summary: "Show what happens to devices, definitions and parents, as it happens",
  description: `First lists all parents and devices that are there, then says 'ready'; from then on, a line for each change.`,
  examples: ["--json"],
  options: [interval, option.json],
  rules: [],

  async run(host, given) {
    const { system, log } = host;
    const seconds = given.get(interval) ?? 5;
    const escapes = createEscapes({ isTerminal: system.isTerminal("stdout") });
    const watch = await system.watch({ isForReader: true });
    try {
      if (!watch.hearsKernel)
        log.warn(`the kernel's messages do not reach mdevctl, which looks every ${seconds} s instead`);
      for await (const event of follow(host, watch, seconds * 1000)) {
        system.write("stdout", given.has(option.json) ? `${JSON.stringify(event)}\n` : formatEvent(event, escapes));
      }
    } finally {
      watch.close();
    }
  },
});
