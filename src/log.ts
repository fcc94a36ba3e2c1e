// Messages on stderr that are not the failure of the command: MDEVCTL_LOG says from which level on, MDEVCTL_LOG_STYLE whether
// in colour.

import type { System } from "./system.ts";

const levels = ["off", "error", "warn", "info", "debug", "trace"];
const labels = { warn: ["warning", 33], info: ["info", 32], debug: ["debug", 34] } as const;

export interface Log {
  /** Something is wrong that does not stop the command. */
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

export function createLog(system: System): Log {
  const wanted = system.environment("MDEVCTL_LOG")?.toLowerCase() || "warn";
  const known = levels.includes(wanted);
  const threshold = levels.indexOf(known ? wanted : "warn");

  function message(level: keyof typeof labels, text: string): void {
    if (levels.indexOf(level) > threshold) return;
    const [label, colour] = labels[level];
    const style = system.environment("MDEVCTL_LOG_STYLE");
    const coloured = style === "always" || (style !== "never" && system.isTerminal("stderr"));
    system.write("stderr", `mdevctl: ${coloured ? `\x1b[${colour}m${label}:\x1b[0m` : `${label}:`} ${text}\n`);
  }

  const log: Log = {
    warn: (text) => message("warn", text),
    info: (text) => message("info", text),
    debug: (text) => message("debug", text),
  };
  if (!known) log.warn(`MDEVCTL_LOG is '${wanted}', which is none of ${levels.join(", ")}; taking warn`);
  return log;
}
