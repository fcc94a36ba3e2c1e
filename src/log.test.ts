import { expect, test } from "vitest";
import { createLog, type Log } from "./log.ts";
import { nodeSystem } from "./system/node.ts";

interface Surroundings {
  readonly level?: string | undefined;
  readonly style?: string | undefined;
  readonly terminal?: boolean;
}

/** What is on stderr when this has used the log. */
function stderrOf(use: (log: Log) => void, { level, style, terminal = false }: Surroundings = {}): string {
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
  use(log);
  return stderr;
}

/** Logs a message of each level. */
function logMessages(surroundings: Surroundings): string {
  return stderrOf((log) => {
    log.warn("one");
    log.info("two");
    log.debug("three");
  }, surroundings);
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

test.each<[string, (log: Log) => void, string]>([
  ["a message", (log) => log.warn("a\x1b[2Jb\nc"), "mdevctl: warning: a\\x1b[2Jb\\nc\n"],
  [
    "a script's line",
    (log) => log.relay("vendor", "a\x1b[2Jb\r\nc\td\u202e"),
    "vendor: a\\x1b[2Jb\\r\nvendor: c\td\\u202e\n",
  ],
  ["a script's name", (log) => log.relay("ven\x1bdor\n", "a\nb"), "ven\\x1bdor\\n: a\nven\\x1bdor\\n: b\n"],
])("control characters of %s are escaped", (_what, use, stderr) => {
  expect(stderrOf(use)).toBe(stderr);
});

test.each([
  ["", []],
  ["\n", [""]],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\n\nb\n\n", ["a", "", "b", ""]],
  ["é\n".repeat(100_000), Array.from({ length: 100_000 }, () => "é")],
])("each line of a script is shown after the script's name: %.20j", (text, lines) => {
  expect(stderrOf((log) => log.relay("vendor", text))).toBe(lines.map((line) => `vendor: ${line}\n`).join(""));
});
