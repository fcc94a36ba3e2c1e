import * as fs from "node:fs";
import { expect, test } from "vitest";
import { A, B, C, D, type Machine, machine } from "../testing/machine.ts";
import { answers } from "../testing/scripts.ts";

/** A is active on mtty, with type mtty-1. */
async function machineWithA(): Promise<Machine> {
  const made = machine();
  await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  return made;
}

const definition = (type: string, start = "manual") =>
  `{\n  "mdev_type": "${type}",\n  "start": "${start}",\n  "attrs": []\n}`;

test.each([
  [["--uuid", D, "--parent", "mtty", "--type", "mtty-1"], definition("mtty-1")],
  [["-u", D, "-p", "mtty", "-t", "mtty-1", "-a"], definition("mtty-1", "auto")],
  [["-u", D, "-p", "mtty", "-t", "mtty-1", "--auto"], definition("mtty-1", "auto")],
  [["-u", D.toUpperCase(), "-p", "mtty", "-t", "mtty-1"], definition("mtty-1")],
  [["-u", `{${D}}`, "-p", "mtty", "-t", "mtty-1"], definition("mtty-1")],
  [["-u", `urn:uuid:${D}`, "-p", "mtty", "-t", "mtty-1"], definition("mtty-1")],
  [["-u", D.replaceAll("-", ""), "-p", "mtty", "-t", "mtty-1"], definition("mtty-1")],
])("define %j writes the definition under the stored spelling of the UUID and prints nothing", async (args, text) => {
  const { run, files } = machine();
  expect(await run("define", ...args)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/mtty/${D}`]: text });
});

test("parent and type need not exist on the host yet", async () => {
  const { run, files } = machine();
  expect(await run("define", "-u", A, "-p", "0000:00:02.0", "-t", "i915-GVTg_V5_4")).toMatchObject({ status: 0 });
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/0000:00:02.0/${A}`]: definition("i915-GVTg_V5_4") });
});

test.each([
  [B, "mtty", "mtty-9", "mtty has no type mtty-9; its types are mtty-1 and mtty-2"],
  [B, "mtty", "MTTY-1", "mtty has no type MTTY-1 but mtty-1; letter case counts"],
  [B, "MTTY", "mtty-1", "there is no parent MTTY but mtty; letter case counts"],
  [A, "matrix", "vfio_ap-passthrough", "it is active with another parent, mtty"],
  [A, "0000:41:00.4", "nvidia-558", "it is active with another parent, mtty"],
  [A, "mtty", "mtty-2", "it is active with another type, mtty-1"],
])("a definition of %s on %s with type %s is made with a warning", async (uuid, parent, type, obstacle) => {
  const { root, run, write, files } = await machineWithA();
  write("in.json", definition(type));
  for (const args of [
    ["-t", type],
    ["--jsonfile", `${root}/in.json`],
  ]) {
    expect(await run("define", "-u", uuid, "-p", parent, ...args)).toEqual({
      status: 0,
      stdout: "",
      stderr: `mdevctl: warning: ${uuid} is defined, but ${obstacle}\n`,
    });
    expect(files("etc")).toEqual({ [`etc/mdevctl.d/${parent}/${uuid}`]: definition(type) });
    fs.rmSync(`${root}/etc/mdevctl.d/${parent}`, { recursive: true });
  }
});

test.each([
  ["of a parent that is not there", "0000:00:02.0", "i915-GVTg_V5_4"],
  ["as the host can start it", "mtty", "mtty-2"],
])("a definition %s is made without a warning", async (_what, parent, type) => {
  const { root, run } = machine({ files: { "in.json": definition(type) } });
  const quiet = { status: 0, stdout: "", stderr: "" };
  expect(await run("define", "-u", A, "-p", parent, "-t", type)).toEqual(quiet);
  expect(await run("define", "-u", B, "-p", parent, "--jsonfile", `${root}/in.json`)).toEqual(quiet);
});

test("a type that cannot be looked for is a warning", async () => {
  const { root, run } = machine();
  const types = `${root}/sys/devices/virtual/mtty/mtty/mdev_supported_types`;
  fs.rmSync(types, { recursive: true });
  fs.symlinkSync("mdev_supported_types", types);
  const { status, stderr } = await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: `mdevctl: warning: cannot look at ${root}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1: too many levels of symbolic links\n`,
  });
});

test("a missing directory of definitions is created", async () => {
  const { root, run, files } = machine();
  fs.rmSync(`${root}/etc`, { recursive: true });
  expect(await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/mtty/${A}`]: definition("mtty-1") });
});

test("a new definition is world-readable and belongs to the current user", async () => {
  const { root, run } = machine();
  const umask = process.umask(0o022);
  try {
    await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  } finally {
    process.umask(umask);
  }
  const { mode, uid } = fs.statSync(`${root}/etc/mdevctl.d/mtty/${A}`);
  expect({ mode: mode & 0o7777, uid }).toEqual({ mode: 0o644, uid: process.getuid?.() });
  expect(fs.statSync(`${root}/etc/mdevctl.d/mtty`).mode & 0o7777).toBe(0o755);
});

test("without --uuid a random UUID is generated and printed", async () => {
  const { run, files } = machine();
  const first = await run("define", "-p", "mtty", "-t", "mtty-1");
  const second = await run("define", "-p", "mtty", "-t", "mtty-1");
  for (const { status, stdout, stderr } of [first, second]) {
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/);
  }
  expect(Object.keys(files("etc"))).toEqual(
    [first, second].map(({ stdout }) => `etc/mdevctl.d/mtty/${stdout.trim()}`).sort(),
  );
});

test("a generated UUID is not printed if the command fails", async () => {
  const { run, callout } = machine();
  callout("vendor", "exit 1");
  expect(await run("define", "-p", "mtty", "-t", "mtty-1")).toMatchObject({ status: 1, stdout: "" });
});

test.each([
  ["parent and type", [], "mtty", "mtty-1"],
  ["the type", ["-p", "matrix"], "matrix", "mtty-1"],
  ["nothing", ["-p", "matrix", "-t", "other"], "matrix", "other"],
  ["parent and type, and not the start mode", ["--auto"], "mtty", "mtty-1"],
])("an active device fills in %s when the other options are %j", async (_what, args, parent, type) => {
  const { run, files } = await machineWithA();
  expect(await run("define", "-u", A, ...args)).toMatchObject({ status: 0, stdout: "" });
  const start = args.includes("--auto") ? "auto" : "manual";
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/${parent}/${A}`]: definition(type, start) });
});

test("the attributes of an active device are asked for and stored", async () => {
  const { run, callout, steps, read } = await machineWithA();
  callout("vendor", answers("attributes", '[{"power/control":"on"},{"speed":"5"}]'));
  expect(await run("define", "-u", A)).toMatchObject({ status: 0 });
  expect(JSON.parse(read(`etc/mdevctl.d/mtty/${A}`) ?? "").attrs).toEqual([{ "power/control": "on" }, { speed: "5" }]);
  expect(steps()).toEqual([
    "vendor get capabilities none",
    "vendor pre define none",
    "vendor get attributes none",
    "vendor post define success",
  ]);
});

test("scripts are not asked for the attributes of a device that is not active, nor with --jsonfile", async () => {
  const { root, run, callout, steps, write } = await machineWithA();
  callout("vendor", answers("attributes", '[{"speed":"5"}]'));
  write("in.json", definition("mtty-1"));
  await run("define", "-u", B, "-p", "mtty", "-t", "mtty-1");
  await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/in.json`);
  expect(steps()).not.toContain("vendor get attributes none");
});

test("an attribute from a script is not stored if its name leads elsewhere", async () => {
  const { run, callout, files } = await machineWithA();
  callout("vendor", answers("attributes", '[{"../../speed":"5"}]'));
  const { status, stderr } = await run("define", "-u", A);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `mdevctl: cannot define ${A}: '../../speed' cannot be an attribute's name, because it has a part that is '..'\n`,
  });
  expect(files("etc")).toEqual({});
});

test.each([
  ["a device that is not active, without a parent", ["-u", B], "it is not active, so --parent and --type are needed"],
  ["a type without a parent", ["-u", B, "-t", "mtty-1"], "-t needs --parent"],
  ["a type without a parent, of an active device", ["-u", A, "--type=mtty-1"], "--type needs --parent"],
  ["a parent without a type", ["-u", B, "-p", "mtty"], "--type is needed\nThe types of mtty are mtty-1 and mtty-2."],
])("%s is not enough", async (_what, args, problem) => {
  const { run, files } = await machineWithA();
  expect(await run("define", ...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${args[1]}: ${problem}\n`,
  });
  expect(files("etc")).toEqual({});
});

test("a device can be defined under several parents, but only once under each", async () => {
  const { run, files } = machine();
  await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const { status, stdout, stderr } = await run("define", "-u", A, "-p", "mtty", "-t", "mtty-2", "--force");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(`mdevctl: cannot define ${A}: it is defined under mtty already\n`);
  expect(await run("define", "-u", A, "-p", "matrix", "-t", "mtty-2")).toMatchObject({ status: 0 });
  expect(files("etc")).toEqual({
    [`etc/mdevctl.d/mtty/${A}`]: definition("mtty-1"),
    [`etc/mdevctl.d/matrix/${A}`]: definition("mtty-2"),
  });
});

test("not even a broken definition or a dangling link is overwritten", async () => {
  const { root, run, files } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: "broken" } });
  fs.symlinkSync("nowhere", `${root}/etc/mdevctl.d/mtty/${B}`);
  const before = files("etc");
  for (const uuid of [A, B]) {
    const { status, stderr } = await run("define", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
    expect(status).toBe(1);
    expect(stderr).toContain(`mdevctl: cannot define ${uuid}: it is defined under mtty already\n`);
  }
  expect(files("etc")).toEqual(before);
});

test("with --jsonfile the file gives everything except UUID and parent", async () => {
  const { root, run, files } = machine({
    files: { "in.json": '{"attrs":[{"b":"1"},{"a":"é"}],"start":"auto","other":1,"mdev_type":"mtty-2"}\n' },
  });
  const file = `${root}/in.json`;
  expect(await run("define", "-u", A, "-p", "mtty", "--jsonfile", file)).toEqual({ status: 0, stdout: "", stderr: "" });
  const { stdout } = await run("define", "-p", "mtty", `--jsonfile=${file}`);
  const text =
    '{\n  "mdev_type": "mtty-2",\n  "start": "auto",\n  "attrs": [\n    {\n      "b": "1"\n    },\n    {\n      "a": "é"\n    }\n  ]\n}';
  expect(files("etc")).toEqual({
    [`etc/mdevctl.d/mtty/${A}`]: text,
    [`etc/mdevctl.d/mtty/${stdout.trim()}`]: text,
  });
});

test("with --jsonfile an existing definition is never overwritten", async () => {
  const { root, run, files } = machine({ files: { "in.json": definition("mtty-2") } });
  await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const again = await run("define", "-u", A, "-p", "mtty", "--jsonfile", `${root}/in.json`, "--force");
  expect(again).toMatchObject({ status: 1, stdout: "" });
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/mtty/${A}`]: definition("mtty-1") });
});

test("with --jsonfile a parent is needed, even for an active device", async () => {
  const { root, run, files } = await machineWithA();
  expect(await run("define", "-u", A, "--jsonfile", `${root}/in.json`)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${A}: --jsonfile needs --parent\n`,
  });
  expect(files("etc")).toEqual({});
});

test("--force skips an unreadable sysfs entry with a warning", async () => {
  const { root, run, files } = machine();
  const devices = `${root}/sys/bus/mdev/devices`;
  fs.rmdirSync(devices);
  fs.symlinkSync("devices", devices);
  const problem = `cannot read the link ${devices}/${C}: too many levels of symbolic links`;
  const line = ["define", "-u", C, "-p", "mtty", "-t", "mtty-1"];
  expect(await run(...line)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot define ${C}: ${problem}\n--force defines it all the same.\n`,
  });
  expect(files("etc")).toEqual({});
  expect(await run(...line, "--force")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: ${problem}; going on because of --force\n`,
  });
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/mtty/${C}`]: definition("mtty-1") });
});
