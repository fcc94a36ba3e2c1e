// Sends what a System writes to the system log instead, through the kernel's log, from which journald and rsyslog take it. That
// works as early at boot as udev does, and needs no other process. See the kernel's Documentation/ABI/testing/dev-kmsg.

import type { Stream, System } from "../system.ts";
import { SystemError } from "../system-error.ts";

const kernelLog = "/dev/kmsg";

/** Facility user (1), with severity err (3) for messages and info (6) for output; see syslog(3). */
const priorities: Readonly<Record<Stream, number>> = { stderr: 8 + 3, stdout: 8 + 6 };

export function toSystemLog(system: System): System {
  return {
    ...system,
    isTerminal: () => false,
    terminalWidth: () => 0,
    write: (stream, text) => {
      for (const line of text.split("\n").filter((candidate) => candidate !== "")) {
        const message = line.startsWith("mdevctl: ") ? line : `mdevctl: ${line}`;
        try {
          system.writeFile(kernelLog, `<${priorities[stream]}>${message}\n`);
        } catch (error) {
          // A container may have no kernel log; stderr is better than nowhere.
          if (!(error instanceof SystemError)) throw error;
          system.write("stderr", `${message}\n`);
        }
      }
    },
  };
}
