// Messages on stderr other than the failure of the command. MDEVCTL_LOG sets the level, MDEVCTL_LOG_STYLE the colour.

import { UserError } from "./errors.ts";
import { escapeControls } from "./escape.ts";
import { isColoured, joinPieces } from "./format.ts";
import type { System } from "./system.ts";
import { SystemError } from "./system-error.ts";

const levels = ["off", "error", "warn", "info", "debug", "trace"];
const labels = { warn: ["warning", 33], info: ["info", 32], debug: ["debug", 34] } as const;

export interface Log {
  /** Something is wrong that does not stop the command. */
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  /** For a person who watches, whatever the level. */
  tell(message: string): void;
  /** Shows lines of another program, each after its name. */
  relay(name: string, text: string): void;
}

export function createLog(system: System): Log {
  const wanted = system.environment("MDEVCTL_LOG")?.toLowerCase() || "warn";
  const known = levels.includes(wanted);
  const threshold = levels.indexOf(known ? wanted : "warn");

  function message(level: keyof typeof labels, text: string): void {
    if (levels.indexOf(level) > threshold) return;
    const [label, colour] = labels[level];
    const style = system.environment("MDEVCTL_LOG_STYLE");
    const coloured = style === "always" || (style !== "never" && isColoured(system, "stderr"));
    write(`mdevctl: ${coloured ? `\x1b[${colour}m${label}:\x1b[0m` : `${label}:`} ${escapeControls(text)}\n`);
  }

  function write(text: string): void {
    try {
      system.write("stderr", text);
    } catch (error) {
      // A message that cannot be written is no reason to stop.
      if (!(error instanceof SystemError)) throw error;
    }
  }

  const log: Log = {
    warn: (text) => message("warn", text),
    info: (text) => message("info", text),
    debug: (text) => message("debug", text),
    tell: (text) => write(`mdevctl: ${escapeControls(text)}\n`),
    relay: (name, text) => {
      for (const part of joinPieces(prefixLines(name, text))) write(part);
    },
  };
  if (!known) log.warn(`MDEVCTL_LOG is '${wanted}', which is none of ${levels.join(", ")}; taking warn`);
  return log;
}

/** Line by line, because a script can write very many. */
function* prefixLines(name: string, text: string): Generator<string> {
  const prefix = `${escapeControls(name)}: `;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    yield `${prefix}${escapeControls(text.slice(start, end))}\n`;
    start = end + 1;
  }
}

/** Reads one thing among many. What cannot be read is warned about and skipped. */
export function readOrWarn<T>({ log }: { readonly log: Log }, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof UserError)) throw error;
    log.warn(error.message);
    return undefined;
  }
}
