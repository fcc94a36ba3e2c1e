import { expect, test } from "vitest";
import { createLog } from "./log.ts";
import { nodeSystem } from "./system/node.ts";

interface Surroundings {
  readonly level?: string | undefined;
  readonly style?: string | undefined;
  readonly terminal?: boolean;
}

/** Logs a message of each level; what is on stderr then. */
function logMessages({ level, style, terminal = false }: Surroundings): string {
  const environment: Readonly<Record<string, string | undefined>> = { MDEVCTL_LOG: level, MDEVCTL_LOG_STYLE: style };
  let stderr = "";
  const log = createLog({
    ...nodeSystem(),
    environment: (name) => environment[name],
    isTerminal: () => terminal,
    write: (stream, text) => {
      expect(stream).toBe("stderr");
      stderr += text;
    },
  });
  log.warn("one");
  log.info("two");
  log.debug("three");
  return stderr;
}

const warning = "mdevctl: warning: one\n";
const info = "mdevctl: info: two\n";
const debug = "mdevctl: debug: three\n";

test.each([
  [undefined, warning],
  ["", warning],
  ["off", ""],
  ["error", ""],
  ["warn", warning],
  ["info", warning + info],
  ["debug", warning + info + debug],
  ["trace", warning + info + debug],
  ["INFO", warning + info],
])("at level %s the messages are %j", (level, messages) => {
  expect(logMessages({ level })).toBe(messages);
});

test("an unknown level gives a warning and counts as warn", () => {
  expect(logMessages({ level: "loud" })).toBe(
    `mdevctl: warning: MDEVCTL_LOG is 'loud', which is none of off, error, warn, info, debug, trace; taking warn\n${warning}`,
  );
});

const coloured = "mdevctl: \x1b[33mwarning:\x1b[0m one\n";

test.each([
  [undefined, false, warning],
  [undefined, true, coloured],
  ["auto", false, warning],
  ["auto", true, coloured],
  ["always", false, coloured],
  ["always", true, coloured],
  ["never", false, warning],
  ["never", true, warning],
])("with style %s on a terminal (%s) a warning is %j", (style, terminal, message) => {
  expect(logMessages({ style, terminal })).toBe(message);
});
