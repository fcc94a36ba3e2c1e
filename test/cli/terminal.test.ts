// The program's output on a real terminal, which script(1) makes, and in a pipe.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { execute, mdevctl, program, type Surroundings } from "./program.ts";

const uuids = ["0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60", "1e2a8d63-4b46-4a1f-8e4d-6b3c9d2f5a71"] as const;

/** A sandbox with an active device and an inactive one, which both start with their parent. */
function sandbox(): Surroundings {
  const directory = mkdtempSync(join(tmpdir(), "mdevctl-terminal-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const root = join(directory, "host");
  mdevctl({}, "sandbox", root);
  for (const uuid of uuids)
    mdevctl({ root }, "define", "--uuid", uuid, "--parent", "mtty", "--type", "mtty-2", "--auto");
  mdevctl({ root }, "start", "--uuid", uuids[0]);
  return { root, environment: { TERM: "xterm" } };
}

/** Runs mdevctl with these arguments on a terminal; what appears there. */
function runOnTerminal(surroundings: Surroundings, ...args: string[]): string {
  const { stdout } = execute(surroundings, "script", "-qec", [program, ...args].join(" "), "/dev/null");
  return stdout.replaceAll("\r\n", "\n");
}

test("a terminal gets colour, a pipe does not", () => {
  const host = sandbox();
  expect(runOnTerminal(host, "list")).toBe(`${uuids[0]} mtty mtty-2 auto \x1b[32m(defined)\x1b[0m\n`);
  expect(mdevctl(host, "list").stdout).toBe(`${uuids[0]} mtty mtty-2 auto (defined)\n`);
});

test("a terminal gets parents with the same types together, a pipe one by one", () => {
  const host = sandbox();
  expect(runOnTerminal(host, "types")).toContain(
    "\x1b[1m0000:41:01.1  0000:41:01.2  0000:41:01.3\x1b[0m\n  nvidia-557\n",
  );
  expect(mdevctl(host, "types").stdout.match(/^0000:41:.*\n {2}nvidia-557$/gm)?.length).toBe(8);
});

test("a terminal is told when there is nothing to show, and why", () => {
  const host = sandbox();
  mdevctl(host, "undefine", "--uuid", uuids[1]);
  const lines = [
    ["list --parent matrix", "no device is active under matrix. 'mdevctl types' shows what this host offers."],
    [`list --uuid ${uuids[1]}`, `${uuids[1]} is not active. 'mdevctl types' shows what this host offers.`],
    ["types --parent mtt", "there is no parent device mtt. Did you mean 'mtty'?"],
  ] as const;
  for (const [line, message] of lines) {
    expect(runOnTerminal(host, ...line.split(" "))).toBe(`mdevctl: ${message}\n`);
    expect(mdevctl(host, ...line.split(" "))).toEqual({ status: 0, stdout: "", stderr: "" });
  }
});

test("starting several devices shows progress on a terminal, and nothing in a pipe", () => {
  const host = sandbox();
  mdevctl(host, "stop", "--uuid", uuids[0]);
  expect(runOnTerminal(host, "start-parent-mdevs", "mtty")).toBe(
    `mdevctl: starting ${uuids[0]}, 1 of 2\nmdevctl: starting ${uuids[1]}, 2 of 2\nmdevctl: started 2 of 2 devices\n`,
  );
  for (const uuid of uuids) mdevctl(host, "stop", "--uuid", uuid);
  expect(mdevctl(host, "start-parent-mdevs", "mtty")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a terminal does not obey the name of a sandbox", () => {
  const { root } = sandbox();
  const shown = runOnTerminal({}, "sandbox", `'${root}/../\x1b[31m'`);
  expect(shown).not.toContain("\x1b");
  expect(shown.match(/\/\\x1b\[31m/g)).toHaveLength(3);
});
