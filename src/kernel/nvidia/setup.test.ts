import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { expect, test } from "vitest";
import { hostOf } from "../../host.ts";
import type { SandboxCard } from "../../sandbox/parents.ts";
import { simulateKernel } from "../../sandbox/simulate.ts";
import { nodeSystem } from "../../system/node.ts";
import { holdOpen } from "../../testing/holder.ts";
import { machine } from "../../testing/machine.ts";
import { setup } from "./setup.ts";

const address = "0000:82:00.0";
const vf = "0000:82:00.5";
const card: SandboxCard = {
  path: `pci0000:80/0000:80:02.0/${address}`,
  model: "NVIDIA X",
  functions: ["0000:82:00.4", vf],
  memory: 24,
  types: [{ id: 9, name: "NVIDIA X-8Q", memory: 8 }],
};

/** The card has no virtual functions. Nobody waits really, and writing to `bind` gives the card its driver. */
function bareCard(environment: Readonly<Record<string, string>> = {}) {
  const made = machine({ cards: [card] });
  const { root, script } = made;
  const manage = `${root}/usr/lib/nvidia/sriov-manage`;
  execFileSync(manage, ["-d", address]);
  fs.renameSync(manage, `${root}/usr/lib/nvidia/original`);
  const variables: Readonly<Record<string, string>> = { MDEVCTL_ENV_ROOT: root, ...environment };
  const system = simulateKernel({ ...nodeSystem(), environment: (name) => variables[name] }, root);
  const waits: number[] = [];
  const binds: string[] = [];
  const directory = `${root}/sys/bus/pci/devices/${address}`;
  const host = hostOf({
    ...system,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
    },
    writeFile: (path, text) => {
      if (!path.endsWith("/drivers/nvidia/bind")) return system.writeFile(path, text);
      binds.push(text);
      fs.symlinkSync("../../../../bus/pci/drivers/nvidia", `${directory}/driver`);
    },
  });
  return {
    ...made,
    ...{ host, waits, binds, directory },
    /** Shell commands that are run instead of sriov-manage; `original "$@"` is what it would do. */
    manageBy: (commands: string) =>
      script("usr/lib/nvidia/sriov-manage", `original() { "$root/usr/lib/nvidia/original" "$@"; }\n${commands}`),
    smiBy: (commands: string) => script("usr/bin/nvidia-smi", commands),
    enable: () => execFileSync(`${root}/usr/lib/nvidia/original`, ["-e", address]),
    count: () => Number(fs.readFileSync(`${directory}/sriov_numvfs`, "utf8")),
    mode: () => made.read(`proc/driver/nvidia/gpus/${address}/heterogeneous_mode`),
  };
}

test("virtual functions are made by the driver's own program", async () => {
  const { host, manageBy, calls, count, waits } = bareCard();
  manageBy('original "$@"');
  await setup.makeFunctions(host, address);
  expect(calls().map(({ args }) => args)).toEqual([`-e ${address}`]);
  expect([count(), waits]).toEqual([2, []]);
});

test("where there are some, it is not run", async () => {
  const { host, manageBy, calls, enable } = bareCard();
  enable();
  manageBy("exit 1");
  await setup.makeFunctions(host, address);
  expect(calls()).toEqual([]);
});

test("a program that says that it has done so is not believed, and tried again", async () => {
  const { host, manageBy, calls, count, waits } = bareCard();
  manageBy('[ ! -e "$root/third" ] || original "$@"\n[ ! -e "$root/second" ] || : > "$root/third"\n: > "$root/second"');
  await setup.makeFunctions(host, address);
  expect([calls().length, count(), waits]).toEqual([3, 2, [1000, 2000]]);
});

test.each([
  ["fails", "echo 'no lock' >&2; exit 1", "exit status 1, 'no lock'"],
  ["does nothing", "true", "exit status 0"],
  ["says what is no text", "printf '\\377'", "exit status 0"],
  ["is killed", "echo begun; kill -9 $$", "it was killed by SIGKILL, 'begun'"],
])("one that %s is given up after five tries", async (_what, commands, answer) => {
  const { host, manageBy, calls, root } = bareCard();
  manageBy(commands);
  await expect(setup.makeFunctions(host, address)).rejects.toThrow(
    `cannot make the virtual functions of ${address}: there are none after 5 tries; ${root}/usr/lib/nvidia/sriov-manage: ${answer}`,
  );
  expect(calls()).toHaveLength(5);
});

test("a card that it has left without a driver gets it again, after the last try as well", async () => {
  const { host, manageBy, binds, directory } = bareCard();
  manageBy(`rm -f "$root/sys/bus/pci/devices/${address}/driver"; exit 1`);
  await expect(setup.makeFunctions(host, address)).rejects.toThrow("after 5 tries");
  expect(binds).toEqual(Array(5).fill(address));
  expect(fs.existsSync(`${directory}/driver`)).toBe(true);
});

test("the card of another driver is left alone", async () => {
  const { host, manageBy, calls, directory } = bareCard();
  manageBy('original "$@"');
  fs.rmSync(`${directory}/driver`);
  fs.symlinkSync("../../../../bus/pci/drivers/vfio-pci", `${directory}/driver`);
  await expect(setup.makeFunctions(host, address)).rejects.toThrow("it belongs to the driver vfio-pci");
  expect(calls()).toEqual([]);
});

test("while another program is making them, it is not run", async () => {
  const { host, manageBy, calls, directory, enable, waits } = bareCard();
  enable();
  fs.writeFileSync(`${directory}/sriov_numvfs`, "0\n");
  manageBy('original "$@"');
  const finish = async (milliseconds: number) => {
    waits.push(milliseconds);
    if (waits.length === 3) fs.writeFileSync(`${directory}/sriov_numvfs`, "2\n");
  };
  await setup.makeFunctions({ ...host, system: { ...host.system, sleep: finish } }, address);
  expect([calls(), waits]).toEqual([[], [1000, 2000, 4000]]);
});

test("a number without functions is not enough", async () => {
  const { host, manageBy, calls } = bareCard();
  manageBy(`echo 2 > "$root/sys/bus/pci/devices/${address}/sriov_numvfs"`);
  await expect(setup.makeFunctions(host, address)).rejects.toThrow("they have gone again at once");
  expect(calls()).toHaveLength(1);
});

test("a card that has gone meanwhile has none", async () => {
  const { host, manageBy, directory } = bareCard();
  fs.rmSync(`${directory}/sriov_numvfs`);
  manageBy('original "$@"');
  await expect(setup.makeFunctions(host, address)).rejects.toThrow("the kernel has no such card any more");
});

test("root does not run a program that another user could change", async () => {
  const { host, manageBy, calls, root } = bareCard();
  manageBy('original "$@"');
  const lstat = (path: string) => ({
    ...host.system.lstat(path),
    ...{ mode: 0o755, userId: path.endsWith("/sriov-manage") ? 1000 : 0 },
  });
  const asRoot = { ...host, system: { ...host.system, userId: 0, lstat } };
  await expect(setup.makeFunctions(asRoot, address)).rejects.toThrow(
    `${root}/usr/lib/nvidia/sriov-manage belongs to the user with id 1000`,
  );
  expect(calls()).toEqual([]);
});

test("another program can be named, also one outside the root, to which the same applies", async () => {
  const other = machine();
  other.script("manage", "true");
  const path = `${other.root}/manage`;
  const { host, enable } = bareCard({ MDEVCTL_SRIOV_MANAGE: path });
  const lstat = (of: string) => ({ ...host.system.lstat(of), userId: of === other.root ? 1000 : 0, mode: 0o755 });
  const asRoot = { ...host, system: { ...host.system, userId: 0, lstat } };
  await expect(setup.makeFunctions(asRoot, address)).rejects.toThrow(`${other.root} belongs to the user with id 1000`);
  expect(other.calls()).toEqual([]);
  const run: typeof host.system.run = async (program) => {
    enable();
    return host.system.run(program);
  };
  await setup.makeFunctions({ ...host, system: { ...host.system, run } }, address);
  expect(other.calls()).toHaveLength(1);
});

test.each([
  ["sriov-manage", "MDEVCTL_SRIOV_MANAGE is not an absolute path: sriov-manage"],
  ["/no/such/program", "cannot look at /no: no such file or directory"],
])("%s is refused as one", async (path, reason) => {
  const { host } = bareCard({ MDEVCTL_SRIOV_MANAGE: path });
  const lstat = (of: string) => ({ ...host.system.lstat(of), userId: 0, mode: 0o755 });
  const asRoot = { ...host, system: { ...host.system, userId: 0, lstat } };
  await expect(setup.makeFunctions(asRoot, address)).rejects.toThrow(reason);
});

test.each([true, false])("nvidia-smi lets a card have devices of different sizes: %s", async (mixed) => {
  const { host, enable, mode } = bareCard();
  enable();
  await setup.changeMixedSizes(host, address, !mixed);
  await setup.changeMixedSizes(host, address, mixed);
  expect([mode(), await setup.readMixedSizes(host, address)]).toEqual([mixed ? "1\n" : "0\n", mixed]);
});

test.each([
  ["Enabled", true],
  ["Disabled", false],
  ["N/A", undefined],
])("of an nvidia-smi that says %s, it is %s", async (state, mixed) => {
  const { host, smiBy } = bareCard();
  smiBy(`cat << 'END'
    Heterogenous Multi-vGPU               : Supported
    vGPU Heterogeneous Mode               : ${state}
END`);
  expect(await setup.readMixedSizes(host, address)).toBe(mixed);
});

const failure = `cannot let ${address} have devices of different sizes`;

test.each([
  [
    "refuses",
    "echo 'In use by another client'; exit 19",
    "has not done so: exit status 19, 'In use by another client'",
  ],
  ["does nothing", "true", "has not done so: exit status 0"],
])("one that %s is found out", async (_what, commands, reason) => {
  const { host, enable, smiBy } = bareCard();
  enable();
  smiBy(`[ "$1" = -q ] || { ${commands}; exit; }\necho "vGPU Heterogeneous Mode : Disabled"`);
  await expect(setup.changeMixedSizes(host, address, true)).rejects.toThrow(`${failure}: nvidia-smi ${reason}`);
});

test("one that does not tell is not believed", async () => {
  const { host, enable, smiBy } = bareCard();
  enable();
  smiBy("true");
  expect(await setup.readMixedSizes(host, address)).toBeUndefined();
  await expect(setup.changeMixedSizes(host, address, true)).rejects.toThrow("nvidia-smi does not tell whether");
});

test("without nvidia-smi nothing is known, and nothing can be changed", async () => {
  const { host, root, enable } = bareCard();
  enable();
  fs.rmSync(`${root}/usr/bin/nvidia-smi`);
  expect(await setup.readMixedSizes(host, address)).toBeUndefined();
  await expect(setup.changeMixedSizes(host, address, true)).rejects.toThrow(`${failure}: nvidia-smi is not installed`);
});

test("a card that has got a device since it was planned stays as it is", async () => {
  const { host, enable, run, smiBy, calls } = bareCard();
  enable();
  await run("start", "-u", "11111111-1111-4111-8111-111111111111", "-p", vf, "-t", "nvidia-9");
  smiBy("exit 1");
  await expect(setup.changeMixedSizes(host, address, true)).rejects.toThrow(
    `${failure}: 11111111-1111-4111-8111-111111111111 of type nvidia-9 is active on ${vf}`,
  );
  expect(calls()).toEqual([]);
});

test("so does one of which a process has a virtual function open", async () => {
  const { host, enable, smiBy, calls, root, directory } = bareCard();
  enable();
  const group = fs.readlinkSync(`${directory}/../${vf}/iommu_group`).split("/").at(-1);
  const { pid } = await holdOpen(`${root}/dev/vfio/${group}`);
  smiBy("exit 1");
  await expect(setup.changeMixedSizes(host, address, true)).rejects.toThrow(
    `${failure}: process ${pid} (qemu-system-x86_64) uses ${vf}`,
  );
  expect(calls()).toEqual([]);
});

test("whoever changes a device of the card comes before or after", async () => {
  const { host, enable, smiBy, run } = bareCard();
  enable();
  smiBy(
    '[ "$1" = -q ] || { : > "$root/begun"; sleep 1; : > "$root/ended"; }\necho "vGPU Heterogeneous Mode : Enabled"',
  );
  const changing = setup.changeMixedSizes(host, address, true);
  while (!fs.existsSync(`${host.paths.root}/begun`)) await new Promise((resolve) => setTimeout(resolve, 10));
  await run("start", "-p", vf, "-t", "nvidia-9");
  expect(fs.existsSync(`${host.paths.root}/ended`)).toBe(true);
  await changing;
});
