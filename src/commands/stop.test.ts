import * as fs from "node:fs";
import { expect, test } from "vitest";
import { A, B, machine } from "../testing/machine.ts";

const definition = JSON.stringify({
  mdev_type: "vfio_ap-passthrough",
  start: "auto",
  attrs: [{ assign_adapter: "5" }],
});

test("an active device is stopped, and its definition stays", async () => {
  const { run, files } = machine({ files: { [`etc/mdevctl.d/matrix/${A}`]: definition } });
  await run("start", "-u", A);
  await run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
  expect(await run("stop", "--uuid", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await run("list")).stdout).toBe(`${B} mtty mtty-1 manual\n`);
  expect(files("etc")).toEqual({ [`etc/mdevctl.d/matrix/${A}`]: definition });
});

test("a stopped device can be started again", async () => {
  const { run } = machine();
  for (let times = 0; times < 2; times++) {
    expect(await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1")).toMatchObject({ status: 0 });
    expect(await run("stop", "-u", A)).toMatchObject({ status: 0 });
  }
});

test("1 is written to remove", async () => {
  const { root, run, read } = machine();
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  // Without the simulation the written value stays in the file.
  fs.rmSync(`${root}/mdevctl-sandbox.json`);
  expect(await run("stop", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(read(`sys/bus/mdev/devices/${A}/remove`)).toBe("1");
});

test("the scripts get the type and parent of the active device, whatever its definition says", async () => {
  const { run, callout, calls } = machine({ files: { [`etc/mdevctl.d/matrix/${A}`]: definition } });
  await run("start", "-u", A);
  callout("vendor", "exit 0");
  await run("stop", "-u", A);
  expect(calls().find(({ step }) => step === "vendor pre stop none")).toEqual({
    step: "vendor pre stop none",
    args: `-t vfio_ap-passthrough -e pre -a stop -s none -u ${A} -p matrix`,
    stdin: '{"mdev_type":"vfio_ap-passthrough","start":"manual","attrs":[]}',
  });
});

test.each([[[]], [["--force"]]])("a device that is not active cannot be stopped: %j", async (args) => {
  const { run, callout, steps } = machine({ files: { [`etc/mdevctl.d/matrix/${A}`]: definition } });
  callout("vendor", "exit 0");
  const { status, stdout, stderr } = await run("stop", "-u", A, ...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`mdevctl: cannot stop ${A}: it is not active\n`);
  expect(steps()).toEqual([]);
});

test("the kernel's error for remove is in the message", async () => {
  const { root, run } = machine();
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  fs.rmSync(`${root}/mdevctl-sandbox.json`);
  fs.rmSync(`${root}/sys/bus/mdev/devices/${A}/remove`);
  fs.mkdirSync(`${root}/sys/bus/mdev/devices/${A}/remove`);
  expect(await run("stop", "-u", A)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot stop ${A}: is a directory\n`,
  });
});
