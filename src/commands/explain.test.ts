import { expect, test } from "vitest";
import { A, B, C, machine } from "../testing/machine.ts";

const definition = '{"mdev_type":"mtty-1","start":"manual"}';
const active = "'mdevctl list' shows the active devices.";
const defined = "'mdevctl list --defined' shows the defined devices.";
const types = "'mdevctl types' shows what this host offers.";

test.each([
  ["list -p matrix", `no device is active under matrix. ${types}`],
  ["list -p gone", `no device is active under gone. ${defined}`],
  [`list -u ${C}`, `${C} is not active. ${types}`],
  [`list -u ${B}`, `${B} is not active. ${defined}`],
  [`list -u ${A} -p matrix`, `${A} is not active under matrix. ${types}`],
  ["list -p a\nb", `no device is active under a\\nb. ${types}`],
  ["list -d -p mtty", `no device is defined under mtty. ${active}`],
  [`list -d -u ${A}`, `${A} is not defined. ${active}`],
  [`list -d -u ${C}`, `${C} is not defined. ${types}`],
  ["types -p mtt", "there is no parent device mtt. Did you mean 'mtty'?"],
  ["types -p nowhere", "there is no parent device nowhere. The parent devices are matrix and mtty."],
])("a person at a terminal learns why mdevctl %s shows nothing", async (line, message) => {
  const options = { files: { [`etc/mdevctl.d/gone/${B}`]: definition } };
  const { root, run } = machine({ ...options, terminal: true });
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  expect(await run(...line.split(" "))).toEqual({ status: 0, stdout: "", stderr: `mdevctl: ${message}\n` });
  const piped = machine({ environment: { MDEVCTL_ENV_ROOT: root } });
  expect(await piped.run(...line.split(" "))).toEqual({ status: 0, stdout: "", stderr: "" });
  const json = await run(...line.split(" "), "--dumpjson");
  expect(json).toEqual({ status: 0, stdout: "[]\n", stderr: "" });
});

test.each([
  ["list", `no device is active. ${types}`],
  ["list -d", `no device is defined. ${types}`],
  ["types", "there are no parent devices. No driver offers mediated devices on this host. Is it loaded?"],
  ["types -p mtty", "there is no parent device mtty. No driver offers mediated devices on this host. Is it loaded?"],
])("on an empty host a person at a terminal learns why mdevctl %s shows nothing", async (line, message) => {
  const { run } = machine({ parents: [], terminal: true });
  expect((await run(...line.split(" "))).stderr).toBe(`mdevctl: ${message}\n`);
});

test("a definition that cannot be read counts as one", async () => {
  const { root, run } = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: "{" },
    terminal: true,
    environment: { TERM: "dumb" },
  });
  const { stderr } = await run("list", "-d");
  expect(stderr).toBe(
    `mdevctl: warning: cannot read ${root}/etc/mdevctl.d/mtty/${A}: it ends too early, at line 1, column 2: a name in double quotes or } is expected\n`,
  );
});
