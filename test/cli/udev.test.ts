// The udev rules, and whether the program understands the commands that they run.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { A, machine } from "../../src/testing/machine.ts";
import { mdevctl } from "./program.ts";

/** The parts of each rule: a key, an operator and a value. */
const rules = readFileSync("udev/60-mdevctl.rules", "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => [...line.matchAll(/([A-Z]+(?:\{\w+\})?)([=+]+)"([^"]*)"/g)].map(([part]) => part));

test("one event of newer kernels and one of older ones start the devices that are defined under a parent", () => {
  const defined = 'TEST=="/etc/mdevctl.d/$kernel"';
  const start = expect.stringMatching(/^RUN\+="\/usr\/sbin\/mdevctl start-parent-mdevs (--syslog )?\$kernel"$/);
  expect(rules).toEqual([
    ['ACTION=="change"', 'ENV{MDEV_STATE}=="registered"', defined, start],
    ['ACTION=="add"', 'DEVPATH=="/devices/*"', defined, start],
  ]);
});

test("the commands that the rules run start the devices", () => {
  for (const rule of rules) {
    const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":"mtty-1","start":"auto"}' } });
    const [, line = ""] = /mdevctl (.*)"/.exec(rule.at(-1) ?? "") ?? [];
    expect(mdevctl({ root }, ...line.replace("$kernel", "mtty").split(" "))).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(mdevctl({ root }, "list").stdout).toBe(`${A} mtty mtty-1 auto (defined)\n`);
  }
});
