import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { SandboxParent } from "../sandbox/parents.ts";
import { A, B, C, type Machine, machine, testParents } from "../testing/machine.ts";
import { capable } from "../testing/scripts.ts";

const matrix = (start: string, ...attrs: readonly Readonly<Record<string, string>>[]) =>
  JSON.stringify({ mdev_type: "vfio_ap-passthrough", start, attrs });
const serial = (start: string) => JSON.stringify({ mdev_type: "mtty-1", start });

async function listActive({ run }: Machine): Promise<string> {
  return (await run("list")).stdout;
}

test("a defined device is started as it is defined, with its attributes in their order", async () => {
  const made = machine({
    files: {
      [`etc/mdevctl.d/matrix/${A}`]: matrix(
        "manual",
        { assign_adapter: "5" },
        { "power/control": "on" },
        { assign_adapter: "3" },
      ),
    },
  });
  expect(await made.run("start", "--uuid", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await listActive(made)).toBe(`${A} matrix vfio_ap-passthrough manual (defined)\n`);
  expect(made.read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("5\n3\n");
  expect(made.read(`sys/bus/mdev/devices/${A}/power/control`)).toBe("on\n");
});

test.each([
  ["its parent", ["-p", "mtty"]],
  ["its type", ["-t", "mtty-1"]],
  ["parent and type", ["-p", "mtty", "-t", "mtty-1"]],
])("%s may be given with a defined device", async (_what, args) => {
  const made = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  expect(await made.run("start", "-u", A, ...args)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await listActive(made)).toBe(`${A} mtty mtty-1 auto (defined)\n`);
});

test("the parent chooses one of several definitions", async () => {
  const made = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: serial("manual"), [`etc/mdevctl.d/matrix/${A}`]: matrix("manual") },
  });
  const { status, stderr } = await made.run("start", "-u", A);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: ${A} is defined under several parents: matrix, mtty\nChoose one: --parent matrix\n`,
  });
  expect(await listActive(made)).toBe("");
  expect(await made.run("start", "-u", A, "-p", "matrix")).toMatchObject({ status: 0 });
  expect(await listActive(made)).toBe(`${A} matrix vfio_ap-passthrough manual (defined)\n`);
});

test("a type other than the definition's is refused", async () => {
  const made = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("manual") } });
  expect(await made.run("start", "-u", A, "-t", "mtty-2")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: it is defined with another type, mtty-1\n`,
  });
  expect(await listActive(made)).toBe("");
});

test("a device that is not defined is transient", async () => {
  const made = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  expect(await made.run("start", "-u", B, "-p", "mtty", "-t", "mtty-2")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await made.run("start", "-u", A, "-p", "matrix", "-t", "vfio_ap-passthrough")).toMatchObject({ status: 0 });
  expect(await listActive(made)).toBe(`${A} matrix vfio_ap-passthrough manual\n${B} mtty mtty-2 manual\n`);
  expect(Object.keys(made.files("etc"))).toEqual([`etc/mdevctl.d/mtty/${A}`]);
});

test("without --uuid a random UUID is generated and printed", async () => {
  const made = machine();
  const first = await made.run("start", "-p", "mtty", "-t", "mtty-1");
  const second = await made.run("start", "-p", "mtty", "-t", "mtty-1");
  for (const { status, stdout, stderr } of [first, second]) {
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/);
  }
  const uuids = [first.stdout.trim(), second.stdout.trim()].sort();
  expect(await listActive(made)).toBe(uuids.map((uuid) => `${uuid} mtty mtty-1 manual\n`).join(""));
});

test("a generated UUID is not printed if the command fails", async () => {
  const { run } = machine();
  expect(await run("start", "-p", "mtty", "-t", "nonsense")).toMatchObject({ status: 1, stdout: "" });
});

test("with --jsonfile the device is transient, and the file gives its type and attributes", async () => {
  const made = machine({ files: { "in.json": matrix("auto", { assign_domain: "1" }, { assign_domain: "0" }) } });
  const file = `${made.root}/in.json`;
  expect(await made.run("start", "-u", A, "-p", "matrix", "--jsonfile", file)).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  const { stdout } = await made.run("start", "--parent=matrix", `--jsonfile=${file}`);
  expect(made.read(`sys/bus/mdev/devices/${A}/assign_domain`)).toBe("1\n0\n");
  expect(made.read(`sys/bus/mdev/devices/${stdout.trim()}/assign_domain`)).toBe("1\n0\n");
  expect(made.files("etc")).toEqual({});
});

test.each([
  ["a JSON file without a parent", ["-u", A, "--jsonfile", "/nowhere"], "--jsonfile needs --parent"],
  [
    "a device that is not defined, without parent and type",
    ["-u", A],
    "it is not defined, so --parent and --type are needed",
  ],
  [
    "a device that is not defined, without a type",
    ["-u", A, "-p", "mtty"],
    "it is not defined under mtty, so --type is needed\nThe types of mtty are mtty-1 and mtty-2.",
  ],
  [
    "a device that is not defined, without a parent",
    ["-u", A, "-t", "mtty-1"],
    "it is not defined, so --parent is needed",
  ],
])("%s is not enough", async (_what, args, problem) => {
  const made = machine();
  made.callout("vendor", "exit 0");
  expect(await made.run("start", ...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: ${problem}\n`,
  });
  expect(made.steps()).toEqual([]);
});

test.each([
  ["is missing", ["-p", "mtty"], "--type is needed\nThe types of mtty are mtty-1 and mtty-2.\n"],
  [
    "is missing, and the parent has none",
    ["-p", "bare"],
    "--type is needed\nbare supports no mediated device types.\n",
  ],
  ["does not exist", ["-p", "mtty", "-t", "nonsense"], "mtty has no type nonsense\nIts types are mtty-1 and mtty-2.\n"],
])("when the type %s, the message does not name the UUID that was generated", async (_what, args, problem) => {
  const { run } = machine({ parents: [...testParents, { path: "virtual/bare", capacity: 1, types: [] }] });
  expect(await run("start", ...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start a device: ${problem}`,
  });
});

test("when a script refuses a device of a generated UUID, the message does not name it", async () => {
  const { run, callout } = machine();
  callout("vendor", "exit 1");
  expect((await run("start", "-p", "mtty", "-t", "mtty-1")).stderr).toBe(
    "mdevctl: cannot start a device: callout script vendor refuses: exit status 1\n",
  );
});

test.each([
  ["it is the same", ["-p", "mtty", "-t", "mtty-1"], "it is active already"],
  ["it has another parent", ["-p", "matrix", "-t", "mtty-1"], "it is active already, with another parent, mtty"],
  ["it has another type", ["-p", "mtty", "-t", "mtty-2"], "it is active already, with another type, mtty-1"],
  ["it is active, without parent and type", [], "it is active already"],
  ["it has another parent, without a type", ["-p", "matrix"], "it is active already, with another parent, mtty"],
  ["it has another type, without a parent", ["-t", "mtty-2"], "it is active already, with another type, mtty-1"],
])("an active device is not started again, and the message says that %s", async (_what, args, problem) => {
  const made = machine();
  await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  expect(await made.run("start", "-u", A, ...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: ${problem}\n`,
  });
  expect(await listActive(made)).toBe(`${A} mtty mtty-1 manual\n`);
});

const bare: SandboxParent = { path: "virtual/Bare", capacity: 1, types: [] };
const full: SandboxParent = {
  path: "virtual/full",
  capacity: 2,
  types: [
    { name: "small", deviceApi: "vfio-pci", size: 1, attributes: [] },
    { name: "large", deviceApi: "vfio-pci", size: 2, attributes: [] },
  ],
};

test.each([
  [
    "a parent that does not exist",
    ["-p", "nowhere", "-t", "small"],
    "there is no parent device nowhere",
    "The parent devices are Bare and full.\n",
  ],
  [
    "a parent in different letter case",
    ["-p", "BARE", "-t", "small"],
    "there is no parent device BARE",
    "Did you mean 'Bare'? Letter case counts.\n",
  ],
  ["a parent without types", ["-p", "Bare", "-t", "small"], "Bare supports no mediated device types", ""],
  [
    "a type that the parent does not have",
    ["-p", "full", "-t", "tiny"],
    "full has no type tiny",
    "Its types are large and small.\n",
  ],
  [
    "a type in different letter case",
    ["-p", "full", "-t", "Small"],
    "full has no type Small",
    "Did you mean 'small'? Letter case counts.\n",
  ],
])("%s is an error, with a hint where one helps", async (_what, args, problem, hint) => {
  const { run } = machine({ parents: [bare, full] });
  expect(await run("start", "-u", A, ...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: ${problem}\n${hint}`,
  });
});

test("on a host without parents the message says so", async () => {
  const { run } = machine({ parents: [] });
  expect((await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1")).stderr).toBe(
    `mdevctl: cannot start ${A}: there is no parent device mtty\nNo driver offers mediated devices on this host. Is it loaded?\n`,
  );
});

test("if no instance is free, the message says what is active on the parent", async () => {
  const made = machine({ parents: [full] });
  await made.run("start", "-u", B, "-p", "full", "-t", "small");
  expect(await made.run("start", "-u", A, "-p", "full", "-t", "large")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: full has no free instance of large\nActive on full: 1 of small.\n`,
  });
  await made.run("start", "-u", C, "-p", "full", "-t", "small");
  expect((await made.run("start", "-u", A, "-p", "full", "-t", "small")).stderr).toContain(
    "Active on full: 2 of small.\n",
  );
  expect(await listActive(made)).toBe(`${B} full small manual\n${C} full small manual\n`);
});

test.each(["0", "-1"])("with %s available instances nothing is written to create", async (count) => {
  const made = machine();
  const directory = "sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1";
  made.write(`${directory}/available_instances`, `${count}\n`);
  expect(await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1")).toMatchObject({ status: 1 });
  expect(made.read(`${directory}/create`)).toBe("");
  expect(await listActive(made)).toBe("");
});

test("the kernel's error for create is in the message", async () => {
  const made = machine();
  // The driver has fewer instances than it says.
  made.write("sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/available_instances", "9\n");
  for (const uuid of [B, C]) await made.run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-2");
  made.write("sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/available_instances", "9\n");
  expect(await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-2")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: mtty refuses a device of type mtty-2: too many users\n`,
  });
});

test.each([
  ["does not exist", { speed: "9" }, "the device has no attribute 'speed'"],
  ["does not exist in its directory", { "power/speed": "9" }, "the device has no attribute 'power/speed'"],
  ["is below a file", { "assign_adapter/x": "9" }, "the device has no attribute 'assign_adapter/x'"],
  [
    "does not take the value",
    { "power/control": "off" },
    "attribute 'power/control' does not take 'off': invalid argument",
  ],
  ["is a directory", { power: "on" }, "attribute 'power' does not take 'on': is a directory"],
])("when an attribute %s the device is removed again", async (_what, attribute, problem) => {
  const made = machine({
    files: {
      [`etc/mdevctl.d/matrix/${A}`]: matrix("manual", { assign_adapter: "5" }, attribute, { assign_adapter: "6" }),
    },
  });
  made.callout("vendor", capable());
  expect(await made.run("start", "-u", A, "--force")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot start ${A}: ${problem}\n`,
  });
  expect(made.steps()).toContain("vendor post start failure");
  expect(await listActive(made)).toBe("");
  expect(fs.existsSync(`${made.root}/sys/bus/mdev/devices/${A}`)).toBe(false);
});

test("a broken definition is not started", async () => {
  const { root, run } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: "{" } });
  expect(await run("start", "-u", A)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot read ${root}/etc/mdevctl.d/mtty/${A}: it ends too early, at line 1, column 2: a name in double quotes or } is expected\n`,
  });
});
