// The udev rules and the systemd units, and whether the program understands the commands that they run.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { A, machine } from "../../src/testing/machine.ts";
import { mdevctl } from "./program.ts";

const card = readFileSync("systemd/mdevctl-card@.service", "utf8");

/** The parts of each rule: a key, an operator and a value. */
const all = readFileSync("udev/60-mdevctl.rules", "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => [...line.matchAll(/([A-Z]+(?:\{\w+\})?)([=+!]+)"([^"]*)"/g)].map(([part]) => part));

const rules = all.slice(0, 2);

test("one event of newer kernels and one of older ones start the devices that are defined under a parent", () => {
  const defined = 'TEST=="/etc/mdevctl.d/$kernel"';
  const start = expect.stringMatching(/^RUN\+="\/usr\/sbin\/mdevctl start-parent-mdevs (--syslog )?\$kernel"$/);
  expect(rules).toEqual([
    ['ACTION=="change"', 'ENV{MDEV_STATE}=="registered"', defined, start],
    ['ACTION=="add"', 'DEVPATH=="/devices/*"', 'TEST!="physfn"', defined, start],
  ]);
});

test("a card of NVIDIA's driver that has got virtual functions has systemd start its devices, unless udev repeats the event", () => {
  expect(all.slice(2)).toEqual([
    [
      'ACTION=="bind|change"',
      'SUBSYSTEM=="pci"',
      'DRIVER=="nvidia"',
      'TEST=="virtfn0"',
      'ENV{SYNTH_UUID}==""',
      'TEST=="/run/systemd/system"',
      'RUN+="/usr/bin/systemctl start --no-block mdevctl-card@$kernel.service"',
    ],
  ]);
  expect(card).toContain("\nExecStart=/usr/sbin/mdevctl start-parent-mdevs --syslog %i\n");
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
