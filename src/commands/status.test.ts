import * as fs from "node:fs";
import { expect, test } from "vitest";
import { sandboxCards, sandboxParents } from "../sandbox/parents.ts";
import { nodeSystem } from "../system/node.ts";
import { holdOpen } from "../testing/holder.ts";
import { A, B, C, D, type Machine, type MachineOptions, machine } from "../testing/machine.ts";
import { parseStatus } from "../testing/status.ts";

const vm = ["-name", "guest=web", "-uuid", "4dea22b3-1d52-4f3e-a516-782e98ab3fa0"];

/** The sandbox that users get, on a terminal of this width or in a pipe. */
function host(width?: number): Machine {
  const options: MachineOptions = { parents: sandboxParents, cards: sandboxCards };
  return machine(
    width === undefined ? options : { ...options, terminal: true, environment: { COLUMNS: `${width}`, NO_COLOR: "1" } },
  );
}

/** A: a vGPU that a VM uses, B: one that is only defined, C: a transient device, D: one whose parent is not there. */
async function busyHost(width?: number): Promise<Machine> {
  const made = host(width);
  await made.run("define", "-u", A, "-p", "0000:82:00.0", "-t", "L40S-8Q", "-a");
  await made.run("start", "-u", A);
  await made.run("define", "-u", B, "-p", "0000:82:00.0", "-t", "L40S-8A");
  await made.run("start", "-u", C, "-p", "mtty", "-t", "mtty-2");
  made.write(`etc/mdevctl.d/gone/${D}`, '{"mdev_type":"x","start":"auto"}');
  return made;
}

const nodeOf = ({ root }: Machine, vf: string) =>
  `${root}/dev/vfio/${fs.readlinkSync(`${root}/sys/bus/pci/devices/${vf}/iommu_group`).replace(/.*\//, "")}`;

const rest = `
0000:00:02.0
  1 free: i915-GVTg_V5_4
  2 free: i915-GVTg_V5_8

0000:41:00.4, 0000:41:00.5 and 6 more
  1 free each: nvidia-557 A40-1B, nvidia-558 A40-2B, nvidia-563 A40-8Q,
               nvidia-566 A40-24Q

matrix
  65536 free: vfio_ap-passthrough VFIO AP Passthrough Device
`;

test("a host without active devices shows what there is room for", async () => {
  expect(await host().run("status")).toEqual({
    status: 0,
    stderr: "",
    stdout: `No device is active.

0000:82:00.0  NVIDIA L40S: 48 GiB, 8 of 8 VFs free
  8 free: nvidia-1145 L40S-1B, nvidia-1153 L40S-4Q
  6 free: nvidia-1155 L40S-8Q, nvidia-1163 L40S-8A
  2 free: nvidia-1158 L40S-24Q
  1 free: nvidia-1159 L40S-48Q
${rest}
mtty
  24 free: mtty-1 Single port serial
  12 free: mtty-2 Dual port serial
`,
  });
});

test("devices stand below their card or parent, with who uses them", async () => {
  const made = await busyHost();
  const { pid } = await holdOpen(nodeOf(made, "0000:82:00.4"), ...vm);
  const { stdout } = await made.run("status");
  const [verdict, ...lines] = stdout.split("\n\n0000:82:00.0");
  expect(verdict?.split("\n")[0]).toMatch(/^2 devices are active, 1 of them in use/);
  expect(`0000:82:00.0${lines.join("")}`).toBe(`0000:82:00.0  NVIDIA L40S: 40 of 48 GiB, 7 of 8 VFs free
  5 free, 1 active: nvidia-1155 L40S-8Q
  5 free: nvidia-1163 L40S-8A
  ${A}  L40S-8Q  82:00.4  auto    in use: VM web (${pid})
  ${B}  L40S-8A  82:00.5  manual  not active
${rest}
mtty
  22 free: mtty-1 Single port serial
  11 free, 1 active: mtty-2 Dual port serial
  ${C}  mtty-2  transient  active

gone  is not there
  ${D}  x  auto  not active
`);
});

test.each([80, 60, 40])("no line is longer than a terminal of %d columns, and every device is there", async (width) => {
  const made = await busyHost(width);
  await holdOpen(nodeOf(made, "0000:82:00.4"), "-name", "guest=a-virtual-machine-with-a-rather-long-name");
  const { stdout } = await made.run("status");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
  for (const uuid of [A, B, C, D]) expect(stdout).toContain(`  ${width < 80 ? uuid.slice(0, 8) : uuid}  `);
  if (width === 60) expect(stdout).toMatch(/ {2}11111111 {2}L40S-8Q {2}82:00\.4 {2}auto {4}in use: VM a-virt\S*…\n/);
});

test("where UUIDs begin alike, a narrow terminal shows as much of them as tells them apart", async () => {
  const made = host(60);
  const other = A.replace(/1$/, "2");
  for (const uuid of [A, other]) await made.run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
  const { stdout } = await made.run("status", "mtty");
  for (const uuid of [A, other]) expect(stdout).toContain(`  ${uuid}  `);
});

test("colour marks what is wrong and repeats what a word says", async () => {
  const made = machine({ terminal: true, files: { [`etc/mdevctl.d/gone/${D}`]: '{"mdev_type":"x","start":"auto"}' } });
  const { stdout } = await made.run("status");
  expect(stdout).toContain("\x1b[31merror\x1b[0m parent-missing: ");
  expect(stdout).toContain("\x1b[1mgone\x1b[0m  is not there\n");
});

test("cards that are alike and idle are together, a full one says so", async () => {
  const [card] = sandboxCards;
  if (card === undefined) throw new Error("there is no card");
  const cards = ["82", "a1", "c1"].map((bus) => ({
    ...card,
    path: `pci0000:80/0000:80:02.0/0000:${bus}:00.0`,
    functions: card.functions.map((vf) => vf.replace("82", bus)),
  }));
  const made = machine({ parents: [], cards });
  await made.run("start", "-u", A, "-p", "0000:a1:00.0", "-t", "L40S-48Q");
  expect((await made.run("status")).stdout).toBe(`1 device is active.

0000:82:00.0 and 0000:c1:00.0  NVIDIA L40S: 48 GiB, 8 of 8 VFs free each
  8 free each: nvidia-1145 L40S-1B, nvidia-1153 L40S-4Q
  6 free each: nvidia-1155 L40S-8Q, nvidia-1163 L40S-8A
  2 free each: nvidia-1158 L40S-24Q
  1 free each: nvidia-1159 L40S-48Q

0000:a1:00.0  NVIDIA L40S: full, 1 of 8 VFs used
  1 active: nvidia-1159 L40S-48Q
  ${A}  L40S-48Q  a1:00.4  transient  active
`);
});

test("a host without any driver says so", async () => {
  const made = machine({ parents: [] });
  const { status, stdout } = await made.run("status");
  expect({ status, first: stdout.split("\n")[0] }).toEqual({
    status: 0,
    first: "No driver offers devices on this host; 1 warning, see 'mdevctl doctor'.",
  });
  fs.rmSync(`${made.root}/sys`, { recursive: true });
  expect(parseStatus((await made.run("status", "--json")).stdout)).toMatchObject({
    cards: [],
    parents: [],
    devices: [],
  });
});

test("JSON has all fields, with numbers as numbers and null for what is not known", async () => {
  const made = await busyHost();
  await made.run("modify", "-u", A, "--addattr", "nvidia/vgpu_params", "--value", "frame_rate_limiter=0");
  const { pid } = await holdOpen(nodeOf(made, "0000:82:00.4"), ...vm);
  const { stdout, stderr } = await made.run("status", "--json");
  expect(stderr).toBe("");
  const { cards, parents, devices, problems } = parseStatus(stdout);
  expect(cards).toMatchObject([
    {
      ...{ address: "0000:82:00.0", name: "NVIDIA L40S", framework: "nvidia-vf", driver: "nvidia", mixed_sizes: false },
      ...{ vfs: { possible: 8, made: 8, used: 1 }, memory_bytes: 48 * 1024 ** 3, memory_used_bytes: 8 * 1024 ** 3 },
    },
  ]);
  expect(cards[0]?.types).toContainEqual({
    ...{ type: "nvidia-1155", name: "NVIDIA L40S-8Q", memory_bytes: 8 * 1024 ** 3, active: 1, free: 5, offers: 7 },
  });
  expect(parents.find(({ name }) => name === "mtty")).toEqual({
    ...{ name: "mtty", card: null, framework: "mdev", driver: null },
    types: [
      {
        ...{ type: "mtty-1", name: "Single port serial", description: null, device_api: "vfio-pci" },
        ...{ active: 0, available_instances: 22 },
      },
      {
        ...{ type: "mtty-2", name: "Dual port serial", description: null, device_api: "vfio-pci" },
        ...{ active: 1, available_instances: 11 },
      },
    ],
  });
  const place = { card: "0000:82:00.0", framework: "nvidia-vf" };
  const unused = { in_use: false, users: [], attrs: [] };
  const user = { pid, program: "qemu-system-x86_64", vm_name: "web", vm_uuid: vm[3] };
  expect(devices).toEqual([
    {
      ...{ uuid: A, parent: "0000:82:00.4", ...place, type: "nvidia-1155", type_name: "NVIDIA L40S-8Q", start: "auto" },
      ...{ defined: true, active: true, owner: "claim", attrs: [{ "nvidia/vgpu_params": "frame_rate_limiter=0" }] },
      ...{ in_use: true, users: [user] },
    },
    {
      ...{ uuid: B, parent: "0000:82:00.5", ...place, type: "nvidia-1163", type_name: "NVIDIA L40S-8A" },
      ...{ start: "manual", defined: true, active: false, owner: null, ...unused },
    },
    {
      ...{ uuid: D, parent: "gone", card: null, framework: null, type: "x", type_name: null, start: "auto" },
      ...{ defined: true, active: false, owner: null, ...unused },
    },
    {
      ...{ uuid: C, parent: "mtty", card: null, framework: "mdev", type: "mtty-2", type_name: "Dual port serial" },
      ...{ start: null, defined: false, active: true, owner: null, ...unused },
    },
  ]);
  expect(problems.map(({ code, object }) => [code, object])).toEqual([["parent-missing", D]]);
});

test("on a full card whose driver tells no names any more, definitions do", async () => {
  const made = host();
  fs.rmSync(`${made.root}/usr/bin/nvidia-smi`);
  await made.run("define", "-u", A, "-p", "0000:82:00.4", "-t", "L40S-24Q");
  await made.run("start", "-u", A);
  await made.run("start", "-u", B, "-p", "0000:82:00.5", "-t", "nvidia-1158");
  const { stdout } = await made.run("status", "0000:82:00.0");
  expect(stdout).toContain("  2 active: nvidia-1158 L40S-24Q\n");
  for (const uuid of [A, B]) expect(stdout).toContain(`  ${uuid}  L40S-24Q  `);
});

test("a vGPU of another program has a UUID that is made up, and an owner that says so", async () => {
  const made = host();
  const file = `${made.root}/sys/bus/pci/devices/0000:82:00.5/nvidia/current_vgpu_type`;
  fs.writeFileSync(file, "1155\n");
  const owner = async () => parseStatus((await made.run("status", "--json")).stdout).devices[0]?.owner;
  expect(await owner()).toBe("foreign");
  made.write(`etc/mdevctl.d/0000:82:00.5/${A}`, '{"mdev_type":"nvidia-1155","start":"auto"}');
  expect(await owner()).toBe("definition");
});

test("a card on the mdev bus has no more room than its driver's texts say", async () => {
  const functions = sandboxParents.filter(({ path }) => path.includes("0000:41:"));
  const made = machine({ parents: functions });
  for (const { path } of functions) fs.symlinkSync("../0000:41:00.0", `${made.root}/sys/devices/${path}/physfn`);
  await made.run("start", "-u", A, "-p", "0000:41:00.4", "-t", "nvidia-566");
  const { cards, parents, devices } = parseStatus((await made.run("status", "--json")).stdout);
  expect(cards).toMatchObject([{ address: "0000:41:00.0", framework: "mdev", vfs: { possible: 8, made: 8, used: 1 } }]);
  expect(parents.map(({ card }) => card)).toEqual(functions.map(() => "0000:41:00.0"));
  expect(devices).toMatchObject([{ card: "0000:41:00.0", parent: "0000:41:00.4" }]);
  // Of the seven functions that offer it, one: the card has two.
  expect(cards[0]?.types.find(({ type }) => type === "nvidia-566")).toMatchObject({ offers: 7, active: 1 });
});

test("where nobody can know who uses a device, that is said", async () => {
  const node = nodeSystem();
  const made = machine({
    system: { readDirectory: (path) => (path === "/proc" ? [] : node.readDirectory(path)) },
  });
  await made.run("start", "-u", A, "-p", "mtty", "-t", "mtty-1");
  fs.rmSync(`${made.root}/dev/vfio`, { recursive: true });
  expect((await made.run("status", "mtty")).stdout).toContain(`${A}  mtty-1  transient  active, use unknown\n`);
  expect(parseStatus((await made.run("status", "--json")).stdout).devices).toMatchObject([{ in_use: null, users: [] }]);
});

test("a broken definition does not hide the others, nor its active device", async () => {
  const made = machine({ files: { [`etc/mdevctl.d/mtty/${B}`]: '{"mdev_type":"mtty-1","start":"auto"}' } });
  for (const uuid of [A, B]) await made.run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
  made.write(`etc/mdevctl.d/mtty/${A}`, "{");
  const { stdout } = await made.run("status");
  expect(stdout).toContain("error definition-broken: ");
  expect(stdout).toContain(`  ${A}  mtty-1  broken  active\n  ${B}  mtty-1  auto    active\n`);
});

test("an nvidia-smi that leads nowhere does not hide the rest", async () => {
  const made = host();
  fs.rmSync(`${made.root}/usr/bin/nvidia-smi`);
  fs.symlinkSync("nvidia-smi", `${made.root}/usr/bin/nvidia-smi`);
  const { cards, problems } = parseStatus((await made.run("status", "--json")).stdout);
  expect(cards.length).toBe(1);
  expect(problems.map(({ message }) => message)).toEqual(["cannot ask nvidia-smi: too many levels of symbolic links"]);
});

test.each(["1.5", "Infinity", "0x8", ""])("a number of possible VFs that is none does not count: %j", async (text) => {
  const made = host();
  made.write("sys/bus/pci/drivers/nvidia/0000:82:00.0/sriov_totalvfs", text);
  const [card] = parseStatus((await made.run("status", "--json")).stdout).cards;
  expect(card?.vfs.possible).toBe(8);
});

test("of a device whose definition is broken, status says why", async () => {
  const made = machine();
  made.write(`etc/mdevctl.d/mtty/${A}`, "{}");
  const problem = `cannot read ${made.root}/etc/mdevctl.d/mtty/${A}: field 'mdev_type' is missing`;
  for (const name of [A, "1111"]) {
    const { status, stdout } = await made.run("status", name);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `error definition-broken: ${problem}\n` });
  }
});

test.each([
  ["a card", "0000:82:00.0", ["0000:82:00.0"], [A, B]],
  ["a virtual function", "0000:82:00.4", ["0000:82:00.0"], [A]],
  ["a parent on the mdev bus", "mtty", [], [C]],
  ["a parent that is not there", "gone", [], [D]],
  ["a device", A, ["0000:82:00.0"], [A]],
  ["the beginning of a device's UUID", "2222", ["0000:82:00.0"], [B]],
])("status of %s shows that alone", async (_what, name, cards, uuids) => {
  const made = await busyHost();
  const part = parseStatus((await made.run("status", "--json", name)).stdout);
  expect(part.cards.map(({ address }) => address)).toEqual(cards);
  expect(part.devices.map(({ uuid }) => uuid)).toEqual(uuids);
  expect(part.problems.length).toBe(uuids.includes(D) ? 1 : 0);
});

test("one device is shown with all that is known of it", async () => {
  const made = await busyHost();
  await made.run("modify", "-u", A, "--addattr", "nvidia/vgpu_params", "--value", "frame_rate_limiter=0");
  const { pid } = await holdOpen(nodeOf(made, "0000:82:00.4"), ...vm);
  expect((await made.run("status", "1111")).stdout).toBe(`${A}: in use: VM web (${pid})
  type                nvidia-1155 (NVIDIA L40S-8Q)
  parent              0000:82:00.4
  card                0000:82:00.0 (NVIDIA L40S)
  starts              auto: when its parent appears
  started by          mdevctl
  nvidia/vgpu_params  frame_rate_limiter=0
  used by             process ${pid} (qemu-system-x86_64), VM web, ${vm[3]}

For libvirt:
  <!-- needs libvirt 9.7 or newer -->
  <hostdev mode='subsystem' type='pci' managed='no'>
    <source>
      <address domain='0x0000' bus='0x82' slot='0x00' function='0x4'/>
    </source>
  </hostdev>

For qemu:
  -device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:82:00.4
`);
});

test("a UUID that is defined twice is shown once for each parent, with an empty line between them", async () => {
  const made = machine();
  for (const parent of ["mtty", "matrix"])
    made.write(`etc/mdevctl.d/${parent}/${A}`, '{"mdev_type":"x","start":"manual"}');
  const { stdout } = await made.run("status", A);
  expect(stdout.match(/^.*: not active$/gm)?.length).toBe(2);
  expect(stdout).toContain(`\n\n${A}: not active\n`);
});

test.each([
  ["mtt", "there is no card, parent device or device mtt", "Did you mean 'mtty'?"],
  [
    "1112",
    "no device's UUID begins with '1112'",
    `The devices that are active or defined: ${A} (mtty, mtty-1) and 1111${B.slice(4)} (mtty, mtty-1).`,
  ],
  [
    "1111",
    "'1111' is the beginning of 2 devices' UUIDs",
    `They are ${A} (mtty, mtty-1) and 1111${B.slice(4)} (mtty, mtty-1).`,
  ],
  [C, `${C} is neither active nor defined`, "'mdevctl list' and 'mdevctl list --defined' show the devices."],
])("status of %s fails", async (name, problem, hint) => {
  const made = machine();
  for (const uuid of [A, `1111${B.slice(4)}`]) await made.run("start", "-u", uuid, "-p", "mtty", "-t", "mtty-1");
  expect(await made.run("status", name)).toEqual({ status: 1, stdout: "", stderr: `mdevctl: ${problem}\n${hint}\n` });
});

test("names and programs with control characters do not reach a terminal", async () => {
  const made = host(200);
  await made.run("start", "-u", A, "-p", "0000:82:00.0", "-t", "L40S-8Q");
  await holdOpen(nodeOf(made, "0000:82:00.4"), "-name", "guest=\x1b[31mred");
  const { stdout } = await made.run("status");
  expect(stdout).toContain("VM \\x1b[31mred");
  expect(stdout).not.toContain("\x1b");
});

test("what others call things makes no lines of its own, on a terminal or in a pipe", async () => {
  for (const width of [undefined, 200]) {
    const made = host(width);
    const attrs = [{ "a\nfake\x1b[31m": "b\nfake" }];
    made.write(`etc/mdevctl.d/x\nfake/${D}`, JSON.stringify({ mdev_type: "t\nfake", start: "auto", attrs }));
    await made.run("start", "-u", A, "-p", "0000:82:00.0", "-t", "L40S-8Q");
    await holdOpen(nodeOf(made, "0000:82:00.4"), "-name", "guest=vm\nfake");
    for (const args of [[], [A], [D]]) {
      const { stdout } = await made.run("status", ...args);
      expect(stdout).toContain("\\nfake");
      expect(stdout).not.toContain("\nfake");
      if (width !== undefined) expect(stdout).not.toContain("\x1b");
    }
  }
});

test.each([
  ["the mdev bus", "sys/bus/mdev/devices"],
  ["the parents", "sys/class/mdev_bus"],
  ["the definitions", "etc/mdevctl.d"],
  ["the driver's cards", "sys/bus/pci/drivers/nvidia"],
])("where %s cannot be read, the rest is shown, and what could not be read", async (_what, path) => {
  const made = await busyHost();
  fs.rmSync(`${made.root}/${path}`, { recursive: true });
  fs.symlinkSync("loop", `${made.root}/${path}`);
  fs.symlinkSync(path.replace(/.*\//, ""), `${made.root}/${path}`.replace(/[^/]+$/, "loop"));
  const { cards, devices, problems } = parseStatus((await made.run("status", "--json")).stdout);
  expect(problems.map(({ code }) => code)).toContain("unread");
  expect(cards.length + devices.length).toBeGreaterThan(0);
});
