import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { SandboxCard } from "../sandbox/parents.ts";
import { nodeSystem } from "../system/node.ts";
import type { System } from "../system.ts";
import { SystemError } from "../system-error.ts";
import { A, B, C, D, machine } from "../testing/machine.ts";
import { on } from "../testing/scripts.ts";

const serial = (start: string) => JSON.stringify({ mdev_type: "mtty-1", start });
const adapter = (name: string) =>
  JSON.stringify({ mdev_type: "vfio_ap-passthrough", start: "auto", attrs: [{ [name]: "5" }] });

test("the devices that are defined under the parent with start mode auto are started, and no others", async () => {
  const { run, files } = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: serial("auto"),
      [`etc/mdevctl.d/mtty/${B}`]: serial("manual"),
      [`etc/mdevctl.d/mtty/${C}`]: serial("auto"),
      [`etc/mdevctl.d/matrix/${D}`]: adapter("assign_adapter"),
    },
  });
  const before = files("etc");
  expect(await run("start-parent-mdevs", "mtty")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 auto (defined)\n${C} mtty mtty-1 auto (defined)\n`);
  expect(files("etc")).toEqual(before);
});

test("each device has a callout procedure of its own", async () => {
  const { run, callout, notifier, calls } = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto"), [`etc/mdevctl.d/mtty/${B}`]: serial("auto") },
  });
  callout("vendor", "exit 0");
  notifier("logger", "exit 0");
  await run("start-parent-mdevs", "mtty");
  for (const uuid of [A, B]) {
    const own = calls().filter(({ step, args }) => args.includes(uuid) && !step.includes("capabilities"));
    expect(own.map(({ step }) => step)).toEqual([
      "vendor pre start none",
      "vendor post start success",
      "logger notify start success",
    ]);
    expect(own[0]?.stdin).toBe('{"mdev_type":"mtty-1","start":"auto","attrs":[]}');
  }
});

test("a failure is a warning, and the next device is started", async () => {
  const { run, callout } = machine({
    files: {
      [`etc/mdevctl.d/matrix/${A}`]: adapter("nonsense"),
      [`etc/mdevctl.d/matrix/${B}`]: adapter("assign_adapter"),
      [`etc/mdevctl.d/matrix/${C}`]: adapter("assign_adapter"),
      [`etc/mdevctl.d/matrix/${D}`]: adapter("../escape"),
    },
  });
  callout("vendor", on("pre", `test $uuid != ${B}; exit $?`));
  expect(await run("start-parent-mdevs", "matrix")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: cannot start ${A}: the device has no attribute 'nonsense'; see 'mdevctl doctor ${A}'
mdevctl: warning: cannot start ${B}: callout script vendor refuses: exit status 1; see 'mdevctl doctor ${B}'
mdevctl: warning: cannot start ${D}: '../escape' cannot be an attribute's name, because it has a part that is '..'; see 'mdevctl doctor ${D}'
`,
  });
  expect((await run("list")).stdout).toBe(`${C} matrix vfio_ap-passthrough auto (defined)\n`);
});

/** A machine with two devices to start, which fails once to read this file or link, after the first `passed` times. */
function machineThatFailsToRead(what: string, code: string, passed = 0) {
  const node = nodeSystem();
  let times = 0;
  const ensureReadable = (operation: string, path: string) => {
    if (path.endsWith(what) && times++ === passed) throw new SystemError(code, operation, path);
  };
  const readFile: System["readFile"] = (path, limit) => {
    ensureReadable("read", path);
    return node.readFile(path, limit);
  };
  const readLink: System["readLink"] = (path) => {
    ensureReadable("read the link", path);
    return node.readLink(path);
  };
  return machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto"), [`etc/mdevctl.d/mtty/${B}`]: serial("auto") },
    system: { readFile, readLink },
  });
}

test.each([
  ["EIO", "input/output error"],
  ["ENODEV", "no such device"],
  ["EILSEQ", "not valid UTF-8"],
  ["EUCLEAN", "structure needs cleaning"],
])(
  "a number of instances that cannot be read (%s) is a failure of one device, and the next one is started",
  async (code, reason) => {
    const { root, run } = machineThatFailsToRead("/mtty-1/available_instances", code);
    const path = `${root}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances`;
    expect(await run("start-parent-mdevs", "mtty")).toEqual({
      status: 0,
      stdout: "",
      stderr: `mdevctl: warning: cannot start ${A}: cannot read ${path}: ${reason}; see 'mdevctl doctor ${A}'\n`,
    });
    expect((await run("list")).stdout).toBe(`${B} mtty mtty-1 auto (defined)\n`);
  },
);

test("a device's link that cannot be read is a failure of that device, and the next one is started", async () => {
  // It is read to see whether the device is active already, and when it is created.
  const { root, run } = machineThatFailsToRead(`/devices/${A}`, "EIO", 1);
  expect(await run("start-parent-mdevs", "mtty")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: cannot start ${A}: cannot read the link ${root}/sys/bus/mdev/devices/${A}: input/output error; see 'mdevctl doctor ${A}'\n`,
  });
  expect((await run("list")).stdout).toBe(`${B} mtty mtty-1 auto (defined)\n`);
});

test("all devices together are waited for as long as a driver may take to get ready, about three seconds", async () => {
  const never = JSON.stringify({ mdev_type: "never", start: "auto" });
  const pauses: number[] = [];
  const { root, run } = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: serial("auto"),
      [`etc/mdevctl.d/mtty/${B}`]: never,
      [`etc/mdevctl.d/mtty/${C}`]: never,
      [`etc/mdevctl.d/mtty/${D}`]: serial("auto"),
    },
    system: {
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 2) fs.renameSync(`${root}/aside`, type);
      },
    },
  });
  const type = `${root}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1`;
  fs.renameSync(type, `${root}/aside`);
  const { stderr } = await run("start-parent-mdevs", "mtty");
  expect(pauses).toEqual([100, 200, 400, 800, 1600]);
  expect(stderr.match(/cannot start \S+/g)).toEqual([B, C].map((uuid) => `cannot start ${uuid}:`));
  expect((await run("list")).stdout).toBe(`${A} mtty mtty-1 auto (defined)\n${D} mtty mtty-1 auto (defined)\n`);
});

test("an active device is skipped silently and without scripts, so a second event does no harm", async () => {
  const { run, callout, calls } = machine({ files: { [`etc/mdevctl.d/mtty/${A}`]: serial("auto") } });
  await run("start-parent-mdevs", "mtty");
  callout("vendor", "exit 0");
  expect(await run("start-parent-mdevs", "mtty")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(calls()).toEqual([]);
});

test("on a terminal the devices that are not active yet are counted, and those that were started", async () => {
  const { run } = machine({
    terminal: true,
    environment: { NO_COLOR: "1" },
    files: {
      [`etc/mdevctl.d/matrix/${A}`]: adapter("assign_adapter"),
      [`etc/mdevctl.d/matrix/${B}`]: adapter("assign_adapter"),
      [`etc/mdevctl.d/matrix/${C}`]: adapter("nonsense"),
    },
  });
  await run("start", "-u", A);
  expect(await run("start-parent-mdevs", "matrix")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: starting ${B}, 1 of 2
mdevctl: starting ${C}, 2 of 2
mdevctl: warning: cannot start ${C}: the device has no attribute 'nonsense'; see 'mdevctl doctor ${C}'
mdevctl: started 1 of 2 devices
`,
  });
  await run("stop", "-u", B);
  await run("undefine", "-u", C);
  expect(await run("start-parent-mdevs", "matrix")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a device that is active with another type is a warning", async () => {
  const { run } = machine();
  await run("start", "-u", A, "-p", "mtty", "-t", "mtty-2");
  await run("define", "-u", A, "-p", "mtty", "-t", "mtty-1", "--auto");
  expect(await run("start-parent-mdevs", "mtty")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: cannot start ${A}: it is active already, with another type, mtty-2; see 'mdevctl doctor ${A}'\n`,
  });
});

test("a broken definition is a warning, and the others are started", async () => {
  const { root, run } = machine({
    files: { [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":7}', [`etc/mdevctl.d/mtty/${B}`]: serial("auto") },
  });
  expect(await run("start-parent-mdevs", "mtty")).toEqual({
    status: 0,
    stdout: "",
    stderr: `mdevctl: warning: cannot read ${root}/etc/mdevctl.d/mtty/${A}: field 'mdev_type' is not a string\n`,
  });
  expect((await run("list")).stdout).toBe(`${B} mtty mtty-1 auto (defined)\n`);
});

test.each(["mtty", "nowhere", "0000:00:02.0"])(
  "with nothing defined under %s there is nothing to do",
  async (parent) => {
    const { run, callout, steps } = machine();
    callout("vendor", "exit 1");
    expect(await run("start-parent-mdevs", parent)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(steps()).toEqual([]);
  },
);

const [first, second, third] = ["0000:82:00.4", "0000:82:00.5", "0000:82:00.6"] as const;
const card: SandboxCard = {
  path: "pci0000:80/0000:80:02.0/0000:82:00.0",
  model: "NVIDIA X",
  functions: [first, second, third],
  memory: 24,
  types: [{ id: 9, name: "NVIDIA X-8Q", memory: 8 }],
};
const vgpu = (start: string) => JSON.stringify({ mdev_type: "nvidia-9", start });

/** A machine with this card, whose VFs have devices to start; pauses are recorded, and something may happen in each. */
function machineWithCard(happens: (root: string, pauses: number) => void = () => undefined) {
  const pauses: number[] = [];
  const made = machine({
    cards: [card],
    files: {
      [`etc/mdevctl.d/${second}/${A}`]: vgpu("auto"),
      [`etc/mdevctl.d/${third}/${B}`]: vgpu("auto"),
      [`etc/mdevctl.d/${first}/${C}`]: vgpu("manual"),
    },
    system: {
      sleep: async (milliseconds) => {
        pauses.push(milliseconds);
        happens(made.root, pauses.length);
      },
    },
  });
  const files = (vf: string) => `${made.root}/sys/bus/pci/devices/${vf}/nvidia`;
  return {
    ...made,
    pauses,
    takeFiles: (vf: string) => fs.renameSync(files(vf), `${made.root}/${vf}`),
  };
}

function giveFiles(root: string, vf: string) {
  fs.renameSync(`${root}/${vf}`, `${root}/sys/bus/pci/devices/${vf}/nvidia`);
}

test("the devices of a card that are ready are started first, and those whose files are late when they have come", async () => {
  const { run, takeFiles, pauses, notifier, calls } = machineWithCard((root, number) => {
    if (number === 8) giveFiles(root, second);
  });
  notifier("logger", "exit 0");
  takeFiles(second);
  expect(await run("start-parent-mdevs", "0000:82:00.0")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(calls().map(({ args }) => [A, B].find((uuid) => args.includes(uuid)))).toEqual([B, A]);
  expect(pauses).toHaveLength(8);
  expect((await run("list")).stdout).toBe(
    `${A} ${second} nvidia-9 auto (defined)\n${B} ${third} nvidia-9 auto (defined)\n`,
  );
});

test("a virtual function that never gets its files is waited for a minute, and is a warning", async () => {
  const { run, takeFiles, pauses } = machineWithCard();
  takeFiles(second);
  const { status, stderr } = await run("start-parent-mdevs", "0000:82:00.0");
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(new RegExp(`^mdevctl: warning: cannot start ${A}: .*\n`)),
  ]);
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(60000);
  expect((await run("list")).stdout).toBe(`${B} ${third} nvidia-9 auto (defined)\n`);
});

test("virtual functions that are still being made are waited for, even if the first ones have nothing to start", async () => {
  const { root, run, pauses } = machineWithCard((root, number) => {
    if (number !== 3) return;
    const device = `${root}/sys/bus/pci/devices/0000:82:00.0`;
    for (const link of ["virtfn1", "virtfn2"]) fs.renameSync(`${root}/${link}`, `${device}/${link}`);
    fs.writeFileSync(`${device}/sriov_numvfs`, "3\n");
  });
  const device = `${root}/sys/bus/pci/devices/0000:82:00.0`;
  for (const link of ["virtfn1", "virtfn2"]) fs.renameSync(`${device}/${link}`, `${root}/${link}`);
  fs.writeFileSync(`${device}/sriov_numvfs`, "0\n");
  expect(await run("start-parent-mdevs", "0000:82:00.0")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(pauses).toHaveLength(4);
  expect((await run("list")).stdout).toContain(`${A} ${second} nvidia-9 auto (defined)\n${B} ${third}`);
});

test("virtual functions that an older driver has put on the mdev bus are left to their own events", async () => {
  const { root, run, pauses } = machineWithCard();
  for (const vf of card.functions) fs.mkdirSync(`${root}/sys/class/mdev_bus/${vf}`, { recursive: true });
  expect(await run("start-parent-mdevs", "0000:82:00.0")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(pauses).toEqual([]);
});

test("the help lists all commands except this one, which has help of its own", async () => {
  const { run } = machine();
  expect((await run("--help")).stdout).not.toContain("start-parent-mdevs");
  expect((await run("start-parent-mdevs", "--help")).stdout).toContain(
    "usage: mdevctl start-parent-mdevs [OPTION...] PARENT\n",
  );
});
