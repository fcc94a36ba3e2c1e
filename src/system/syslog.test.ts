import { expect, test } from "vitest";
import type { System } from "../system.ts";
import { SystemError } from "../system-error.ts";
import { nodeSystem } from "./node.ts";
import { toSystemLog } from "./syslog.ts";

/** Writes these texts, with or without the kernel's log; what arrives in the log and in the streams. */
function writeTexts(hasLog: boolean, ...texts: readonly (readonly ["stdout" | "stderr", string])[]) {
  const log: string[] = [];
  const streams: string[] = [];
  const system: System = {
    ...nodeSystem(),
    isTerminal: () => true,
    writeFile: (path, text) => {
      if (!hasLog) throw new SystemError("ENOENT", "write", path);
      log.push(`${path} ${text}`);
    },
    write: (stream, text) => void streams.push(`${stream} ${text}`),
  };
  for (const [stream, text] of texts) toSystemLog(system).write(stream, text);
  expect(toSystemLog(system).isTerminal("stderr")).toBe(false);
  return { log, streams };
}

test("messages go to the system log as errors and output as information, line by line, with the program's name", () => {
  expect(writeTexts(true, ["stderr", "mdevctl: warning: one\nvendor: two\n"], ["stdout", "three\n"])).toEqual({
    log: [
      "/dev/kmsg <11>mdevctl: warning: one\n",
      "/dev/kmsg <11>mdevctl: vendor: two\n",
      "/dev/kmsg <14>mdevctl: three\n",
    ],
    streams: [],
  });
});

test("without the kernel's log everything goes to stderr", () => {
  expect(writeTexts(false, ["stdout", "one\n"], ["stderr", "mdevctl: two\n"])).toEqual({
    log: [],
    streams: ["stderr mdevctl: one\n", "stderr mdevctl: two\n"],
  });
});
