import * as fs from "node:fs";
import { expect, test } from "vitest";
import { nodeSystem } from "../system/node.ts";
import { SystemError } from "../system-error.ts";
import { plain } from "../testing/callouts.ts";
import { holdOpen } from "../testing/holder.ts";
import { A, B, machine } from "../testing/machine.ts";
import { on } from "../testing/scripts.ts";

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

/** A is active, with the node that is returned. */
async function active(...given: Parameters<typeof machine>) {
  const made = machine(...given);
  await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  return { ...made, node: `${made.root}/dev/vfio/0` };
}

const hint = "Stop the VM first; --force stops the device all the same.\n";

test("a device that a VM uses is not stopped, and no script is called", async () => {
  const { run, node, callout, notifier, steps } = await active();
  callout("vendor", "exit 0");
  notifier("noted", "");
  const vm = await holdOpen(node, "-name", "guest=web1,debug-threads=on");
  expect(await run("stop", "-u", A)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot stop ${A}: process ${vm.pid} (qemu-system-x86_64, VM 'web1') uses it\n${hint}`,
  });
  expect(steps()).toEqual([]);
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 manual\n`);
  await vm.end();
  expect(await run("stop", "-u", A)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("--force stops a device that a VM uses, and says who uses it", async () => {
  const { run, node } = await active();
  const { pid } = await holdOpen(node);
  expect(await run("stop", "-u", A, "--force")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: process ${pid} (qemu-system-x86_64) uses ${A}; going on because of --force\n`,
  });
  expect((await run("list")).stdout).toBe("");
});

test("a device of which another one is used is stopped", async () => {
  const { run, node } = await active();
  await run("start", "-u", B, "-p", "mtty", "-t", "mtty-1");
  await holdOpen(node);
  expect(await run("stop", "-u", B)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a device that a process opens while a script is asked is not stopped", async () => {
  const { root, run, callout, node, steps } = await active();
  const open = `(while [ -e "$root/busy" ]; do sleep 0.05; done) < "${node}" > /dev/null 2>&1 &`;
  callout("vendor", on("pre", `touch "$root/busy"; ${open}`));
  const { status, stderr } = await run("stop", "-u", A);
  fs.rmSync(`${root}/busy`);
  expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringMatching(/: process .* uses? it\n/) });
  expect(steps()).toEqual(["vendor get capabilities none", "vendor pre stop none", "vendor post stop failure"]);
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 manual\n`);
});

test("control characters in the name of a VM are escaped", async () => {
  const { run, node } = await active();
  await holdOpen(node, "-name", "\x1b]0;title\x07\n");
  expect((await run("stop", "-u", A)).stderr).toContain("VM '\\x1b]0;title\\x07\\n') uses it\n");
});

test.each([
  ["EBUSY", 1, `mdevctl: cannot stop ${A}: a process that cannot be seen from here uses it\n${hint}`],
  ["EINVAL", 0, ""],
  ["EACCES", 0, `mdevctl: warning: cannot find out whether a process uses ${A}; stopping it all the same\n`],
])("where processes are hidden, the group's node is opened: %s", async (code, status, stderr) => {
  const system = nodeSystem();
  const { run } = await active({
    system: {
      readDirectory: (path) => {
        if (path === "/proc") throw new SystemError("ENOENT", "read the directory", path);
        return system.readDirectory(path);
      },
      readFile: (path, limit) => {
        if (path.endsWith("/dev/vfio/0")) throw new SystemError(code, "read", path);
        return system.readFile(path, limit);
      },
    },
  });
  expect(await run("stop", "-u", A)).toEqual({ status, stdout: "", stderr });
});

test.each([["undefine", "-u", A], ["list"], ["start-parent-mdevs", "mtty"]])(
  "nobody's open files are looked at by %s",
  async (...args) => {
    const system = nodeSystem();
    const read: string[] = [];
    const { run } = machine({
      files: { [`etc/mdevctl.d/mtty/${A}`]: plain },
      system: {
        readDirectory: (path) => {
          read.push(path);
          return system.readDirectory(path);
        },
      },
    });
    expect(await run(...args)).toMatchObject({ status: 0, stderr: "" });
    expect(read.filter((path) => path.startsWith("/proc"))).toEqual([]);
  },
);
