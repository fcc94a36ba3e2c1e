import { expect, test } from "vitest";
import { sandboxCards, sandboxParents } from "../sandbox/parents.ts";
import { A, B, type Machine, machine } from "../testing/machine.ts";

/** With what a sandbox has, and a person at it or not. */
function host(options: { readonly terminal?: boolean } = {}): Machine {
  return machine({ parents: sandboxParents, cards: sandboxCards, ...options });
}

const mdev = ["--uuid", A, "--parent", "0000:41:00.4", "--type", "nvidia-558"];
const vf = ["--uuid", A, "--parent", "0000:82:00.4", "--type", "L40S-8Q"];

test.each([
  ["an active device", "start", mdev],
  ["a defined device", "define", mdev],
])("%s is shown as QEMU takes it, and nothing else", async (_what, command, device) => {
  const { run } = host();
  await run(command, ...device);
  expect(await run("attach", A, "--for", "qemu")).toEqual({
    status: 0,
    stdout: `-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/${A}\n`,
    stderr: "",
  });
});

test.each([
  ["libvirt", "libvirt 9.7", "domain='0x0000' bus='0x82' slot='0x00' function='0x4'"],
  ["qemu", "-device vfio-pci,", "sysfsdev=/sys/bus/pci/devices/0000:82:00.4\n"],
  ["nova", '"vendor_id": "10de", "product_id": "26b9"', '"resource_class": "CUSTOM_L40S_8Q"'],
  ["kubevirt", 'pciVendorSelector: "10DE:26B9"', 'resourceName: "nvidia.com/NVIDIA_L40S-8Q"'],
])("%s is told what it has to know of a virtual function", async (target, ...parts) => {
  const { run } = host();
  for (const command of ["define", "start"]) {
    await run(command, ...(command === "define" ? vf : [A]));
    const { status, stdout } = await run("attach", A, "--for", target);
    expect(status).toBe(0);
    for (const part of parts) expect(stdout).toContain(part);
  }
});

test.each([
  ["libvirt", "model='vfio-pci'", `uuid='${A}'`],
  ["nova", "enabled_mdev_types = nvidia-558\n", "device_addresses = 0000:41:00.4\nmdev_class = CUSTOM_A40_2B\n"],
  ["kubevirt", 'mdevNameSelector: "NVIDIA A40-2B"', 'resourceName: "nvidia.com/NVIDIA_A40-2B"'],
])("%s is told what it has to know of a mediated device", async (target, ...parts) => {
  const { run } = host();
  await run("start", ...mdev);
  const { stdout } = await run("attach", A, "--for", target);
  for (const part of parts) expect(stdout).toContain(part);
});

test("of a vGPU that nobody has defined, the name of its type is found where the card still offers it", async () => {
  const { run } = host();
  await run("start", ...vf);
  expect((await run("attach", A, "--for", "nova")).stdout).toContain('"CUSTOM_L40S_8Q"');
});

test("the device API is that of the type", async () => {
  const { run } = host();
  await run("start", "--uuid", A, "--parent", "matrix", "--type", "vfio_ap-passthrough");
  expect((await run("attach", A, "--for", "libvirt")).stdout).toContain("model='vfio-ap'");
  expect((await run("attach", A, "--for", "qemu")).stdout).toMatch(/^-device vfio-ap,/);
});

test("a display is only for libvirt", async () => {
  const { run } = host();
  await run("start", ...mdev);
  expect((await run("attach", A, "--for", "libvirt", "--display")).stdout).toContain("display='on'");
  expect(await run("attach", A, "--for", "qemu", "--display")).toMatchObject({
    status: 2,
    stderr: "mdevctl: attach: --display needs --for libvirt\n",
  });
});

test("a beginning of the UUID is enough", async () => {
  const { run } = host();
  await run("define", ...mdev);
  expect((await run("attach", "1111", "--for", "qemu")).stdout).toContain(A);
});

test.each([
  [
    "a person is told to start it",
    true,
    `mdevctl: ${A} is not active. Start it before the virtual machine: mdevctl start ${A}\n`,
  ],
  ["a program is not told", false, ""],
])("of a device that is only defined, %s", async (_what, terminal, stderr) => {
  const { run } = host({ terminal });
  await run("define", ...mdev);
  expect(await run("attach", A, "--for", "qemu")).toMatchObject({ status: 0, stderr });
  await run("start", A);
  expect(await run("attach", A, "--for", "qemu")).toMatchObject({ status: 0, stderr: "" });
});

test("a device that is neither active nor defined is refused", async () => {
  const { run } = host();
  expect(await run("attach", A, "--for", "libvirt")).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot attach ${A}: it is neither active nor defined
'mdevctl list' and 'mdevctl list --defined' show the devices.
`,
  });
  await run("define", ...mdev);
  expect((await run("attach", A, "-p", "mtty", "--for", "libvirt")).stderr).toContain(
    "it is neither active nor defined under mtty",
  );
});

test("of a device that is defined under several parents, the active one counts, or the parent that is named", async () => {
  const { run } = host();
  await run("define", ...mdev);
  await run("define", "--uuid", A, "--parent", "mtty", "--type", "mtty-1");
  expect(await run("attach", A, "--for", "kubevirt")).toMatchObject({
    status: 1,
    stderr: `mdevctl: ${A} is defined under several parents: 0000:41:00.4, mtty\nChoose one: --parent 0000:41:00.4\n`,
  });
  expect((await run("attach", A, "-p", "mtty", "--for", "kubevirt")).stdout).toContain("Single port serial");
  await run("start", A, "--parent", "0000:41:00.4");
  expect((await run("attach", A, "--for", "kubevirt")).stdout).toContain("NVIDIA A40-2B");
});

test("a device whose parent is not there is refused, because the parent tells how it is taken", async () => {
  const { run } = host();
  await run("define", "--uuid", B, "--parent", "0000:82:00.9", "--type", "nvidia-1155");
  const { status, stdout, stderr } = await run("attach", B, "--for", "libvirt");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`cannot attach ${B}: there is no parent device 0000:82:00.9\n`);
});

test("a device whose parent has no such type is refused", async () => {
  const { run } = host();
  await run("define", "--uuid", B, "--parent", "mtty", "--type", "mtty-9");
  expect((await run("attach", B, "--for", "qemu")).stderr).toBe(
    `mdevctl: cannot attach ${B}: the device API of mtty-9 is unknown\n'mdevctl types --parent mtty' shows the types that there are.\n`,
  );
});

const none = "is none of libvirt, qemu, nova and kubevirt";

test.each([
  ["--for is missing", "--for is missing", []],
  ["its value is close to one", `--for: 'libvrt' ${none}\nDid you mean 'libvirt'?`, ["--for", "libvrt"]],
  ["it is another word", `--for: 'kvm' ${none}\nDid you mean 'qemu' or 'libvirt'?`, ["--for", "kvm"]],
  ["it is in upper case", `--for: 'QEMU' ${none}\nDid you mean 'qemu'? Letter case counts.`, ["--for", "QEMU"]],
  ["it is something else", `--for: 'constructor' ${none}\nSee 'mdevctl attach --help'.`, ["--for", "constructor"]],
])("a command line is wrong where %s", async (_what, problem, args) => {
  const { status, stdout, stderr } = await host().run("attach", A, ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(`mdevctl: attach: ${problem}`);
});
