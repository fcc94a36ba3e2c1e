// Commands on the virtual functions (VFs) of a card, whose driver has no mdev bus.

import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { SandboxCard } from "../sandbox/parents.ts";
import { A, B, C, machine } from "../testing/machine.ts";

const card = "0000:82:00.0";
const [V, W, X] = ["0000:82:00.4", "0000:82:00.5", "0000:82:00.6"];
const description: SandboxCard = {
  path: `pci0000:80/0000:80:02.0/${card}`,
  model: "NVIDIA X",
  functions: [V, W, X],
  memory: 24,
  types: [
    { id: 9, name: "NVIDIA L40S-8Q", memory: 8 },
    { id: 10, name: "NVIDIA L40S-12Q", memory: 12 },
    { id: 11, name: "NVIDIA L40S-8A", memory: 8 },
    { id: 12, name: "NVIDIA L40S-24Q", memory: 24 },
  ],
};

function cardMachine(cards: readonly SandboxCard[] = [description]) {
  const made = machine({ cards });
  const file = (vf: string, name: string) => `${made.root}/sys/bus/pci/devices/${vf}/nvidia/${name}`;
  return {
    ...made,
    typeOf: (vf: string) => fs.readFileSync(file(vf, "current_vgpu_type"), "utf8").trim(),
    /** As another program does it. */
    putType: (vf: string, id: number) => fs.writeFileSync(file(vf, "current_vgpu_type"), `${id}\n`),
    hideFiles: (vf: string) => fs.renameSync(file(vf, ""), file(vf, "").replace(/nvidia\/$/, "hidden")),
    showFiles: (vf: string) => fs.renameSync(file(vf, "").replace(/nvidia\/$/, "hidden"), file(vf, "")),
    define: (vf: string, uuid: string, fields: object) =>
      made.write(`etc/mdevctl.d/${vf}/${uuid}`, JSON.stringify({ start: "auto", attrs: [], ...fields })),
  };
}

test.each(["nvidia-9", "9", "NVIDIA L40S-8Q", "l40s-8q"])(
  "a type can be given as '%s', and its definition has number and name",
  async (type) => {
    const { run, read } = cardMachine();
    expect(await run("define", "-u", A, "-p", V, "-t", type)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(JSON.parse(read(`etc/mdevctl.d/${V}/${A}`) ?? "")).toEqual({
      ...{ mdev_type: "nvidia-9", start: "manual", attrs: [] },
      type_name: "NVIDIA L40S-8Q",
    });
  },
);

test("an mdev type can be given by its name too, and its definition is as 1.4 writes it", async () => {
  const { run, read } = cardMachine();
  await run("define", "-u", A, "-p", "mtty", "-t", "dual port serial");
  expect(read(`etc/mdevctl.d/mtty/${A}`)).toBe('{\n  "mdev_type": "mtty-2",\n  "start": "manual",\n  "attrs": []\n}');
});

test("on a card, define and start take the first VF that is free and promised to nobody", async () => {
  const { run, typeOf } = cardMachine();
  await run("define", "-u", A, "-p", card, "-t", "L40S-8Q");
  await run("start", "-u", B, "-p", card, "-t", "L40S-8A");
  await run("define", "-u", C, "-p", card, "-t", "9");
  expect([typeOf(V), typeOf(W), typeOf(X)]).toEqual(["0", "11", "0"]);
  expect((await run("list", "-p", card)).stdout).toBe(`${B} ${W} nvidia-11 manual\n`);
  expect((await run("list", "-d", "-p", card)).stdout).toBe(`${A} ${V} nvidia-9 manual\n${C} ${X} nvidia-9 manual\n`);
  expect(await run("define", "-p", card, "-t", "9")).toMatchObject({
    status: 1,
    stderr: `mdevctl: cannot define a device: none of the 3 virtual functions of ${card} is free\nDefined on 2 of them. Active on it: 1 of nvidia-11.\n`,
  });
});

test("a person at a terminal is told which VF it is", async () => {
  const { run } = machine({ cards: [description], terminal: true });
  expect((await run("define", "-u", A, "-p", card, "-t", "9")).stderr).toBe(`mdevctl: ${A} is on ${V}\n`);
});

test("types shows VFs as parents, and leaves out in text those that can take nothing", async () => {
  const { run } = cardMachine();
  await run("start", "-u", A, "-p", V, "-t", "12");
  expect((await run("types", "-p", card)).stdout).toBe("");
  expect(JSON.parse((await run("types", "-p", card, "--dumpjson")).stdout)).toEqual([{ [V]: [], [W]: [], [X]: [] }]);
  await run("stop", A);
  await run("start", "-u", A, "-p", V, "-t", "9");
  expect((await run("types", "-p", W)).stdout).toBe(`${W}
  nvidia-11
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA L40S-8A
  nvidia-9
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA L40S-8Q
`);
});

test("JSON for libvirt has mdev devices alone, unless a UUID is given", async () => {
  const { root, run } = cardMachine();
  await run("define", "-u", A, "-p", V, "-t", "9");
  await run("start", "-u", A);
  await run("define", "-u", B, "-p", "mtty", "-t", "mtty-1");
  await run("start", "-u", B);
  for (const args of [["list"], ["list", "--defined"]]) {
    const [parents] = JSON.parse((await run(...args, "--dumpjson")).stdout);
    expect(Object.keys(parents)).toEqual(["mtty"]);
    expect((await run(...args, "--dumpjson", "-u", A)).stdout).toContain('"mdev_type": "nvidia-9"');
  }
  // Without the driver, the name of its type tells.
  fs.rmSync(`${root}/sys/bus/pci`, { recursive: true });
  expect(Object.keys(JSON.parse((await run("list", "-d", "--dumpjson")).stdout)[0])).toEqual(["mtty"]);
});

const reasons: readonly (readonly [string, readonly string[][], string[], string])[] = [
  [
    "the card has another size",
    [["-p", V, "-t", "9"]],
    ["-p", W, "-t", "10"],
    `${W} does not offer nvidia-10 with 1 of nvidia-9 active on ${card}`,
  ],
  [
    "a name is of another size",
    [["-p", V, "-t", "9"]],
    ["-p", W, "-t", "L40S-24Q"],
    `${W} does not offer 'L40S-24Q' now`,
  ],
  ["the card is full", [["-p", V, "-t", "12"]], ["-p", W, "-t", "12"], `${card} is full`],
  ["the card is full for any VF", [["-p", V, "-t", "12"]], ["-p", card, "-t", "12"], `${card} is full`],
  ["the VF is taken", [["-u", B, "-p", V, "-t", "9"]], ["-p", V, "-t", "9"], `${B} of type nvidia-9 is active on ${V}`],
  ["there is no such number", [], ["-p", V, "-t", "nvidia-7"], `${V} has no type nvidia-7`],
  ["there is no such name", [], ["-p", V, "-t", "L40S-9Q"], `${V} has no type 'L40S-9Q'`],
  ["there is no such VF", [], ["-p", "0000:82:03.0", "-t", "nvidia-9"], "there is no parent device 0000:82:03.0"],
];

test.each(reasons)("a start says why it is not possible: %s", async (_what, before, args, reason) => {
  const { run, read } = cardMachine();
  for (const line of before) await run("start", ...line);
  const claims = read(`run/mdevctl/${card}/claims`);
  const { status, stderr } = await run("start", ...args);
  expect([status, stderr.split("\n")[0]]).toEqual([1, `mdevctl: cannot start a device: ${reason}`]);
  expect(read(`run/mdevctl/${card}/claims`)).toBe(claims);
});

test("devices have three attributes and no other file of the PCI function", async () => {
  const { run, root, read } = cardMachine();
  await run("define", "-u", A, "-p", V, "-t", "9");
  expect((await run("modify", A, "--addattr", "remove", "--value", "1")).stderr).toBe(
    `mdevctl: cannot modify ${A}: a device of ${V} has no attribute 'remove'\n` +
      "The attributes are nvidia/vgpu_params, nvidia/placement_id and nvidia/gpu_instance_id.\n",
  );
  await run("modify", A, "--addattr", "nvidia/vgpu_params", "--value", "frame_rate_limiter=0");
  await run("start", A);
  expect(fs.readFileSync(`${root}/sys/bus/pci/devices/${V}/nvidia/vgpu_params`, "utf8")).toBe("frame_rate_limiter=0\n");
  await run("stop", A);
  await run("modify", A, "--addattr", "nvidia/vgpu_params", "--value", "loud");
  expect((await run("start", A)).stderr).toContain("attribute 'nvidia/vgpu_params' does not take 'loud'");
  expect([(await run("list")).stdout, read(`run/mdevctl/${card}/claims`)]).toEqual(["", ""]);
});

test("a vGPU that another program has made has a UUID made of its address, and can be adopted and stopped", async () => {
  const { run, putType, typeOf } = cardMachine();
  putType(V, 9);
  const derived = "6d646576-6374-8000-8000-000000008204";
  expect((await run("list")).stdout).toBe(`${derived} ${V} nvidia-9 manual\n`);
  expect((await run("define", "-u", derived, "--auto")).status).toBe(0);
  expect((await run("list")).stdout).toBe(`${derived} ${V} nvidia-9 auto (defined)\n`);
  expect((await run("start", derived)).status).toBe(0);
  await run("undefine", derived);
  await run("define", "-u", A, "-p", W, "-t", "9");
  putType(W, 9);
  expect((await run("list")).stdout).toContain(`${A} ${W} nvidia-9 manual (defined)\n`);
  expect((await run("stop", A)).status).toBe(0);
  expect((await run("stop", derived)).status).toBe(0);
  expect([typeOf(V), typeOf(W)]).toEqual(["0", "0"]);
});

test("a claim does not hold for another type, nor after the VF was made again", async () => {
  const { root, run, putType } = cardMachine();
  await run("start", "-u", A, "-p", V, "-t", "9");
  putType(V, 11);
  const derived = "6d646576-6374-8000-8000-000000008204";
  expect((await run("list")).stdout).toBe(`${derived} ${V} nvidia-11 manual\n`);
  putType(V, 9);
  expect((await run("list")).stdout).toBe(`${A} ${V} nvidia-9 manual\n`);
  const link = `${root}/sys/bus/pci/drivers/nvidia/${V}`;
  const target = fs.readlinkSync(link);
  // Beside the old link, or it might get the number of that.
  fs.symlinkSync(target, `${link}.new`);
  fs.renameSync(`${link}.new`, link);
  expect((await run("list")).stdout).toBe(`${derived} ${V} nvidia-9 manual\n`);
  expect((await run("stop", A)).stderr).toContain(`cannot stop ${A}: it is not active\n`);
});

test("the name of a type wins where its number has changed", async () => {
  const { run, define, typeOf } = cardMachine();
  define(V, A, { mdev_type: "nvidia-11", type_name: "NVIDIA L40S-8Q" });
  expect(await run("start", A)).toEqual({
    ...{ status: 0, stdout: "" },
    stderr: `mdevctl: warning: ${A}: nvidia-11 is NVIDIA L40S-8A now; starting nvidia-9, which is NVIDIA L40S-8Q\n`,
  });
  expect(typeOf(V)).toBe("9");
  define(W, B, { mdev_type: "nvidia-9", type_name: "NVIDIA H100-8C" });
  expect((await run("start", B)).stderr).toContain("nvidia-9 is NVIDIA L40S-8Q now, not NVIDIA H100-8C\n");
});

test("what is to start automatically on a card starts with it, late VFs last, and each once", async () => {
  const { run, define, hideFiles, showFiles, notifier, steps } = cardMachine();
  notifier("log", "");
  for (const [vf, uuid] of [
    [V, A],
    [W, B],
    [X, C],
  ] as const)
    define(vf, uuid, { mdev_type: "nvidia-9" });
  hideFiles(V);
  const running = run("start-parent-mdevs", card);
  setTimeout(() => showFiles(V), 700);
  expect(await running).toEqual({ status: 0, stdout: "", stderr: "" });
  expect((await run("list")).stdout.match(/nvidia-9 auto \(defined\)/g)).toHaveLength(3);
  expect(await run("start-parent-mdevs", card)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(steps().filter((step) => step === "log notify start success")).toHaveLength(3);
});

test("a start waits for files that are late", async () => {
  const { run, hideFiles, showFiles, typeOf } = cardMachine();
  hideFiles(V);
  const running = run("start", "-u", A, "-p", V, "-t", "nvidia-9");
  setTimeout(() => showFiles(V), 400);
  expect((await running).status).toBe(0);
  expect(typeOf(V)).toBe("9");
});

test("without a directory for what is noted about the card, nothing is started, and the directory is named", async () => {
  const { run, write, root, typeOf } = cardMachine();
  write("run/mdevctl", "a file");
  expect(await run("start", "-u", A, "-p", V, "-t", "nvidia-9")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot make the directory ${root}/run/mdevctl/${card}: not a directory\n`,
  });
  expect(typeOf(V)).toBe("0");
});
