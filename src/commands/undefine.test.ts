import * as fs from "node:fs";
import { expect, test } from "vitest";
import { A, B, machine } from "../testing/machine.ts";
import { capable, on } from "../testing/scripts.ts";

const definition = (type: string) => `{"mdev_type":"${type}","start":"auto"}`;

/** A is defined under two parents, B under one. */
const twice = {
  [`etc/mdevctl.d/mtty/${A}`]: definition("mtty-1"),
  [`etc/mdevctl.d/matrix/${A}`]: definition("vfio_ap-passthrough"),
  [`etc/mdevctl.d/mtty/${B}`]: definition("mtty-2"),
};
const { [`etc/mdevctl.d/mtty/${B}`]: _, ...bothOfA } = twice;

test("a device is undefined under every parent, each with a callout procedure of its own", async () => {
  const { run, callout, notifier, files, calls } = machine({ files: twice });
  callout("vendor", "exit 0");
  notifier("logger", "exit 0");
  expect(await run("undefine", "--uuid", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(Object.keys(files("etc"))).toEqual([`etc/mdevctl.d/mtty/${B}`]);
  const around = ["vendor pre undefine none", "vendor post undefine success", "logger notify undefine success"];
  for (const [parent, type] of [
    ["matrix", "vfio_ap-passthrough"],
    ["mtty", "mtty-1"],
  ]) {
    const own = calls().filter(({ args }) => args.startsWith(`-t ${type} `) && args.endsWith(` -p ${parent}`));
    expect(own.map(({ step }) => step).filter((step) => !step.includes("capabilities"))).toEqual(around);
    expect(own.find(({ step }) => step === "vendor pre undefine none")?.stdin).toBe(
      `{"mdev_type":"${type}","start":"auto","attrs":[]}`,
    );
  }
});

test("with a parent only that definition is removed", async () => {
  const { run, files } = machine({ files: twice });
  expect(await run("undefine", "-u", A, "-p", "matrix")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(Object.keys(files("etc")).sort()).toEqual([`etc/mdevctl.d/mtty/${A}`, `etc/mdevctl.d/mtty/${B}`]);
});

test.each(["matrix", "mtty"])(
  "a failure under %s does not stop the other parent, but fails the command",
  async (parent) => {
    const { run, callout, files } = machine({ files: bothOfA });
    callout("vendor", `${capable()}; ${on("pre", `test $parent != ${parent}; exit $?`)}`);
    expect(await run("undefine", "-u", A)).toEqual({
      status: 1,
      stdout: "",
      stderr: `mdevctl: cannot undefine ${A}: callout script vendor refuses: exit status 1\n`,
    });
    expect(Object.keys(files("etc"))).toEqual([`etc/mdevctl.d/${parent}/${A}`]);
  },
);

test("every failure is reported", async () => {
  const { run, callout, files } = machine({ files: bothOfA });
  callout("vendor", "exit 1");
  const { status, stderr } = await run("undefine", "-u", A);
  expect(status).toBe(1);
  expect(stderr.match(/^mdevctl: cannot undefine/gm)).toHaveLength(2);
  expect(files("etc")).toEqual(bothOfA);
});

test.each([
  ["anywhere", ["-u", "99999999-9999-4999-8999-999999999999"], "it is not defined"],
  ["under the parent", ["-u", B, "-p", "matrix"], "it is not defined under matrix"],
])("a device that is not defined %s is an error", async (_where, args, problem) => {
  const { run, callout, files, steps } = machine({ files: twice });
  callout("vendor", "exit 0");
  const { status, stdout, stderr } = await run("undefine", ...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`mdevctl: cannot undefine ${args[1]}: ${problem}\n`);
  expect(files("etc")).toEqual(twice);
  expect(steps()).toEqual([]);
});

test("an active device stays active", async () => {
  const { run } = machine({ files: twice });
  await run("start", "-u", B);
  expect(await run("undefine", "-u", B)).toMatchObject({ status: 0 });
  expect((await run("list")).stdout).toBe(`${B} mtty mtty-2 manual\n`);
});

test("a broken definition is removed too, without asking scripts, because its type is unknown", async () => {
  const { root, run, callout, files, steps } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":7}' } });
  callout("vendor", "exit 1");
  const path = `${root}/etc/mdevctl.d/mtty/${A}`;
  expect(await run("undefine", "-u", A)).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: cannot read ${path}: field 'mdev_type' is not a string; removing it without asking callout scripts\n`,
  });
  expect(files("etc")).toEqual({});
  expect(steps()).toEqual([]);
});

test("if a definition is a link, the link is removed and its target stays", async () => {
  const { root, run, callout, files, calls } = machine({ files: { "store/a.json": definition("mtty-1") } });
  fs.mkdirSync(`${root}/etc/mdevctl.d/mtty`);
  fs.symlinkSync("../../../store/a.json", `${root}/etc/mdevctl.d/mtty/${A}`);
  callout("vendor", "exit 0");
  expect(await run("undefine", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({});
  expect(files("store")).toEqual({ "store/a.json": definition("mtty-1") });
  expect(calls().at(-1)?.args).toContain("-t mtty-1 ");
});

test("a dangling link is removed too", async () => {
  const { root, run, files } = machine();
  fs.mkdirSync(`${root}/etc/mdevctl.d/mtty`);
  fs.symlinkSync("nowhere", `${root}/etc/mdevctl.d/mtty/${A}`);
  expect(await run("undefine", "-u", A)).toMatchObject({ status: 0, stdout: "" });
  expect(files("etc")).toEqual({});
});

test("a parent's directory that is a link is removed with its only definition, and its target stays", async () => {
  const { root, run, files } = machine({ files: { [`store/${A}`]: definition("mtty-1") } });
  fs.symlinkSync("../../store", `${root}/etc/mdevctl.d/mtty`);
  expect(await run("undefine", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(files("etc")).toEqual({});
  expect(files("store")).toEqual({ [`store/${A}`]: definition("mtty-1") });
});

test("a link to a parent's directory with other definitions stays, and the message says where it leads", async () => {
  const { root, run, files } = machine({
    files: { [`store/${A}`]: definition("mtty-1"), [`store/${B}`]: definition("mtty-1") },
  });
  fs.symlinkSync("../../store", `${root}/etc/mdevctl.d/mtty`);
  expect(await run("undefine", "-u", A)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot undefine ${A}: ${root}/etc/mdevctl.d/mtty is a link to ../../store, where other devices are defined too
Remove the definition where it is kept.
`,
  });
  expect(Object.keys(files("store"))).toEqual([`store/${A}`, `store/${B}`]);
});
