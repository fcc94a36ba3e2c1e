// How the environment affects the program: the root, the level and style of messages, and permissions.

import * as fs from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { holdOpen } from "../../src/testing/holder.ts";
import { A, B, C, machine } from "../../src/testing/machine.ts";
import { execute, mdevctl, program, shell } from "./program.ts";

const definition = '{"mdev_type":"mtty-1","start":"auto"}';

test("everything is below MDEVCTL_ENV_ROOT, even if it is relative or ends with a slash", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  for (const spelled of [root, `${root}/`, "."]) {
    expect(mdevctl({ root: spelled, directory: root }, "list", "-d").stdout).toBe(`${A} mtty mtty-1 auto\n`);
    expect(mdevctl({ root: spelled, directory: root }, "types").stdout).toMatch(/^matrix\n/);
  }
});

test("an empty MDEVCTL_ENV_ROOT counts as unset", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  const unset = mdevctl({ directory: root }, "list", "-d");
  expect(unset.status).toBe(0);
  expect(unset.stdout).not.toContain(A);
  expect(mdevctl({ root: "", directory: root }, "list", "-d")).toEqual(unset);
});

test("a missing root is an empty host, with a warning, and define creates what it needs", () => {
  const root = `${machine().root}/new/root`;
  const stderr = `mdevctl: warning: MDEVCTL_ENV_ROOT is '${root}', where there is no directory\n`;
  for (const args of [["list"], ["list", "-d"], ["types"], ["start-parent-mdevs", "mtty"]]) {
    expect(mdevctl({ root }, ...args)).toEqual({ status: 0, stdout: "", stderr });
  }
  expect(mdevctl({ root, environment: { MDEVCTL_LOG: "off" } }, "list").stderr).toBe("");
  expect(mdevctl({ root }, "--help").status).toBe(0);
  expect(fs.existsSync(root)).toBe(false);
  expect(mdevctl({ root }, "undefine", "-u", A)).toMatchObject({ status: 1 });
  expect(fs.existsSync(root)).toBe(false);
  expect(mdevctl({ root }, "define", "-u", A, "-p", "mtty", "-t", "mtty-1")).toEqual({
    status: 0,
    stdout: "",
    stderr,
  });
  expect(mdevctl({ root }, "list", "-d")).toEqual({ status: 0, stdout: `${A} mtty mtty-1 manual\n`, stderr: "" });
});

test("a root that is a file is warned about", () => {
  const { root } = machine({ files: { "etc/hosts": "" } });
  expect(mdevctl({ root: `${root}/etc/hosts` }, "list")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: MDEVCTL_ENV_ROOT is '${root}/etc/hosts', where there is no directory\n`,
  });
});

test("whoever runs mdevctl may have the node of the device open, as libvirt does; nobody else", async () => {
  const { root } = machine();
  mdevctl({ root }, "start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  const node = `${root}/dev/vfio/0`;
  const ours = fs.openSync(node, "r");
  const other = await holdOpen(node);
  expect(mdevctl({ root }, "stop", A).stderr).toContain(`process ${other.pid} (qemu-system-x86_64) uses it\n`);
  await other.end();
  expect(mdevctl({ root }, "stop", A).status).toBe(0);
  fs.closeSync(ours);
});

test("no program is looked for in PATH", () => {
  const { root } = machine({ files: { "bin/flock": '#!/bin/sh\necho "$0" >> "$(dirname "$0")/../started"\n' } });
  for (const name of ["sh", "cat", "true"]) fs.copyFileSync(`${root}/bin/flock`, `${root}/bin/${name}`);
  for (const name of fs.readdirSync(`${root}/bin`)) fs.chmodSync(`${root}/bin/${name}`, 0o755);
  const environment = { PATH: `${root}/bin:${process.env.PATH}` };
  for (const line of [
    `define -u ${A} -p mtty -t mtty-1`,
    `modify -u ${A} --auto`,
    `start -u ${A}`,
    `undefine -u ${A}`,
  ]) {
    expect(mdevctl({ root, environment }, ...line.split(" "))).toEqual({ status: 0, stdout: "", stderr: "" });
  }
  expect(fs.existsSync(`${root}/started`)).toBe(false);
});

const warning = "warning: cannot read";

test.each([
  ["off", false, false],
  ["error", false, false],
  ["warn", true, false],
  ["info", true, false],
  ["debug", true, true],
  ["trace", true, true],
])("with MDEVCTL_LOG=%s warnings are shown: %s, and calls of scripts: %s", (level, warns, debugs) => {
  const { root, callout } = machine({
    files: { [`etc/mdevctl.d/mtty/${B}`]: "{", [`etc/mdevctl.d/mtty/${A}`]: definition },
  });
  callout("vendor", "exit 0");
  const { status, stderr } = mdevctl({ root, environment: { MDEVCTL_LOG: level } }, "start-parent-mdevs", "mtty");
  expect(status).toBe(0);
  expect(stderr.includes(warning)).toBe(warns);
  expect(stderr.includes("vendor -t mtty-1 -e pre -a start -s none")).toBe(debugs);
});

test("without MDEVCTL_LOG warnings are shown", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${B}`]: "{" } });
  expect(mdevctl({ root }, "list", "-d").stderr).toContain(warning);
});

test("a failure is reported even with MDEVCTL_LOG=off", () => {
  const { root } = machine();
  const { stderr } = mdevctl({ root, environment: { MDEVCTL_LOG: "off" } }, "stop", "-u", A);
  expect(stderr).toMatch(`mdevctl: cannot stop ${A}: it is not active\n`);
});

test.each([
  ["always", true],
  ["auto", false],
  ["never", false],
])("with MDEVCTL_LOG_STYLE=%s messages in a pipe have colour: %s", (style, coloured) => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${B}`]: "{" } });
  const { stderr } = mdevctl({ root, environment: { MDEVCTL_LOG_STYLE: style } }, "list", "-d");
  expect(stderr).toContain("cannot read");
  expect(stderr.includes("\x1b[")).toBe(coloured);
});

test.each([
  ["auto", true],
  ["never", false],
])("with MDEVCTL_LOG_STYLE=%s messages on a terminal have colour: %s", (style, coloured) => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${B}`]: "{" } });
  const environment = { MDEVCTL_LOG_STYLE: style, TERM: "xterm" };
  const { stdout } = execute({ root, environment }, "script", "-qec", `'${program}' list -d`, "/dev/null");
  expect(stdout).toContain("cannot read");
  expect(stdout.includes("\x1b[")).toBe(coloured);
});

/** Runs without root's privilege to ignore the modes of files. */
function runUnprivileged(root: string, line: string) {
  const drop = process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search" : "";
  return shell({ root }, `${drop} '${program}' ${line}`);
}

test("an unreadable definition is a warning in a listing, and an error in a command about it", () => {
  const { root } = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: definition, [`etc/mdevctl.d/mtty/${B}`]: definition },
  });
  const path = `${root}/etc/mdevctl.d/mtty/${A}`;
  fs.chmodSync(path, 0o000);
  expect(runUnprivileged(root, "list -d")).toEqual({
    status: 0,
    stdout: `${B} mtty mtty-1 auto\n`,
    stderr: `mdevctl: warning: cannot read ${path}: permission denied\n`,
  });
  for (const line of [`start -u ${A}`, `modify -u ${A} --manual`, `list -d -u ${A}`]) {
    const { status, stdout, stderr } = runUnprivileged(root, line);
    expect({ line, status, stdout }).toEqual({ line, status: 1, stdout: "" });
    expect(stderr).toContain(`mdevctl: cannot read ${path}: permission denied\n`);
  }
});

test.each([
  ["etc/mdevctl.d", "closed", 0o000, 1, ""],
  ["etc/mdevctl.d/mtty", "closed", 0o000, 0, `${C} other mtty-1 auto\n`],
  ["etc/mdevctl.d/mtty", "not to be searched", 0o444, 0, `${C} other mtty-1 auto\n`],
])(
  "list says once that it cannot know what is defined in %s, which is %s",
  async (path, _what, mode, status, defined) => {
    const made = machine({
      files: { [`etc/mdevctl.d/mtty/${A}`]: definition, [`etc/mdevctl.d/other/${C}`]: definition },
    });
    for (const uuid of [A, B]) await made.run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
    const directory = `${made.root}/${path}`;
    fs.chmodSync(directory, mode);
    onTestFinished(() => fs.chmodSync(directory, 0o755));
    const problem = `cannot read the directory ${directory}: permission denied`;
    expect(runUnprivileged(made.root, "list")).toEqual({
      status: 0,
      stdout: `${A} mtty mtty-1 manual\n${B} mtty mtty-1 manual\n`,
      stderr: `mdevctl: warning: ${problem}; which devices are defined there is unknown\n`,
    });
    expect(runUnprivileged(made.root, "list --dumpjson")).toMatchObject({ status: 0 });
    expect(runUnprivileged(made.root, `list -u ${A}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: `mdevctl: ${problem}\n`,
    });
    expect(runUnprivileged(made.root, "list -d")).toEqual({
      status,
      stdout: defined,
      stderr: `mdevctl: ${status === 0 ? "warning: " : ""}${problem}\n`,
    });
  },
);

test("the error about an unreadable JSON file names it", () => {
  const { root } = machine({ files: { "in.json": definition } });
  fs.chmodSync(`${root}/in.json`, 0o000);
  const { status, stdout, stderr } = runUnprivileged(root, `define -p mtty --jsonfile ${root}/in.json`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`mdevctl: cannot read ${root}/in.json: permission denied\n`);
});

test.each([
  ["define", `define -u ${B} -p mtty -t mtty-1`],
  ["modify", `modify -u ${A} --manual`],
  ["undefine", `undefine -u ${A}`],
])("%s in a directory that is not writable says so and changes nothing", (_command, line) => {
  const { root, files } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  fs.chmodSync(`${root}/etc/mdevctl.d/mtty`, 0o555);
  const before = files("etc");
  const { status, stdout, stderr } = runUnprivileged(root, line);
  fs.chmodSync(`${root}/etc/mdevctl.d/mtty`, 0o755);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^mdevctl: cannot .*: permission denied\n/);
  expect(files("etc")).toEqual(before);
});

test("a root that may not be looked into is named", () => {
  const { root } = machine();
  fs.mkdirSync(`${root}/closed/host`, { recursive: true });
  fs.chmodSync(`${root}/closed`, 0o000);
  const { status, stdout, stderr } = runUnprivileged(`${root}/closed/host`, "list");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(
    `mdevctl: cannot use ${root}/closed/host, which MDEVCTL_ENV_ROOT names: permission denied\n`,
  );
});

test("start and stop without permission say so", () => {
  const { root } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: definition } });
  const create = `${root}/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/create`;
  mdevctl({ root }, "start", "-u", A);
  // Plain files from here on, because the simulated kernel does not check modes.
  fs.rmSync(`${root}/mdevctl-sandbox.json`);
  fs.chmodSync(create, 0o400);
  fs.chmodSync(`${root}/sys/bus/mdev/devices/${A}/remove`, 0o400);
  for (const line of [`start -u ${B} -p mtty -t mtty-1`, `stop -u ${A}`]) {
    const { status, stdout, stderr } = runUnprivileged(root, line);
    expect({ line, status, stdout }).toEqual({ line, status: 1, stdout: "" });
    expect(stderr).toMatch(/^mdevctl: cannot st(art|op) .*: permission denied\n/);
  }
});
