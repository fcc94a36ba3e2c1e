import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { Device } from "../../device.ts";
import { type Host, hostOf } from "../../host.ts";
import { busLink } from "../../sandbox/machine.ts";
import { simulateKernel } from "../../sandbox/simulate.ts";
import { directory, type Entry, writeTree } from "../../sandbox/tree.ts";
import { nodeSystem } from "../../system/node.ts";
import { replaceReaders } from "../../system/reading.ts";
import { A, B, C, D, type Machine, machine } from "../../testing/machine.ts";
import { findActive, findActiveDevice, findActiveTypes } from "../active.ts";
import { contract } from "../framework.contract.ts";
import { mdev } from "./mdev.ts";

interface Kernel extends Machine {
  readonly host: Host;
  /** What was read from sysfs, with paths below the root. */
  readonly asked: string[];
}

function kernel(): Kernel {
  const made = machine();
  const asked: string[] = [];
  const node = nodeSystem();
  const note = (what: string, path: string) => {
    if (path.includes("/sys/")) asked.push(`${what} ${path.slice(made.root.length + 1)}`);
  };
  const system = replaceReaders(node, {
    readLink: (path) => {
      note("readLink", path);
      return node.readLink(path);
    },
    readDirectory: (path) => {
      note("readDirectory", path);
      return node.readDirectory(path);
    },
    readFile: (path, limit) => {
      note("readFile", path);
      return node.readFile(path, limit);
    },
  });
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined);
  return { ...made, host: hostOf(simulateKernel({ ...system, environment }, made.root)), asked };
}

const serial = (uuid: string): Device => ({ uuid, parent: "mtty", type: "mtty-1", start: "manual", attributes: [] });
const crypto = (uuid: string): Device => ({ ...serial(uuid), parent: "matrix", type: "vfio_ap-passthrough" });

test.for(contract)("$title", async ({ check }) => {
  const { host } = kernel();
  const refused = { ...crypto(B), attributes: [{ name: "assign_adapter", value: "many" }] };
  await check({ host, framework: mdev, devices: [crypto(A), crypto(C), serial(B)], refused });
});

test("the first of a parent's devices on the bus tells where to look for the types of the others", async () => {
  const { host, asked } = kernel();
  for (const device of [serial(B), crypto(A), serial(D)]) await mdev.create(host, device);
  asked.length = 0;
  expect(Object.fromEntries(findActiveTypes(host, "mtty", [A, B, C, D]))).toEqual({ [B]: "mtty-1", [D]: "mtty-1" });
  const path = "sys/bus/mdev/devices/../../../devices/virtual/mtty/mtty";
  expect(asked).toEqual([
    ...[A, B].map((uuid) => `readLink sys/bus/mdev/devices/${uuid}`),
    ...[B, C, D].map((uuid) => `readLink ${path}/${uuid}/mdev_type`),
  ]);
  expect(findActiveTypes(host, "matrix", [C]).size).toBe(0);
});

test("of the devices of other parents no types are read", async () => {
  const { host, asked } = kernel();
  for (const device of [serial(B), crypto(A)]) await mdev.create(host, device);
  asked.length = 0;
  expect(findActive(host, { parent: "mtty" })).toEqual([{ uuid: B, parent: "mtty", type: "mtty-1" }]);
  expect(asked.filter((path) => path.endsWith("/mdev_type"))).toHaveLength(1);
});

test("two links tell everything about a device, and entries with other names are not touched", async () => {
  const { root, host, asked } = kernel();
  await mdev.create(host, serial(A));
  fs.writeFileSync(`${root}/sys/bus/mdev/devices/README`, "");
  asked.length = 0;
  findActive(host, {});
  expect(asked).toEqual([
    "readDirectory sys/bus/mdev/devices",
    `readLink sys/bus/mdev/devices/${A}`,
    `readLink sys/bus/mdev/devices/../../../devices/virtual/mtty/mtty/${A}/mdev_type`,
    // That is all that it costs to look for other frameworks.
    "readDirectory sys/bus/pci/drivers/nvidia",
  ]);
});

test.each<[string, Entry]>([
  ["is a directory instead of a link", directory],
  ["is a file", ""],
  ["leads nowhere", { link: "../../../devices/virtual/mtty/mtty/nothing" }],
])("an entry of the bus that %s is not an active device", (_what, entry) => {
  const { root, host } = kernel();
  writeTree(nodeSystem(), root, { [busLink(A)]: entry });
  expect(findActiveDevice(host, A)).toBeUndefined();
  expect(findActive(host, {})).toEqual([]);
});

test("parents have their types, sorted, and finding one parent reads no other", () => {
  const { host, asked } = kernel();
  expect([...mdev.findParents(host)]).toEqual([
    {
      name: "matrix",
      types: [
        { name: "vfio_ap-passthrough", availableInstances: 65536, deviceApi: "vfio-ap", label: "", description: "" },
      ],
    },
    {
      name: "mtty",
      types: [
        { name: "mtty-1", availableInstances: 4, deviceApi: "vfio-pci", label: "Single port serial", description: "" },
        { name: "mtty-2", availableInstances: 2, deviceApi: "vfio-pci", label: "Dual port serial", description: "" },
      ],
    },
  ]);
  asked.length = 0;
  expect(Array.from(mdev.findParents(host, "matrix"), ({ name }) => name)).toEqual(["matrix"]);
  expect(asked.filter((path) => path.includes("/mtty"))).toEqual([]);
});

test("attributes are written in their order, and the error names the one that is refused", async () => {
  const { host, read } = kernel();
  const attributes = ["5", "6", "4"].map((value) => ({ name: "assign_adapter", value }));
  await mdev.create(host, { ...crypto(A), attributes });
  expect(read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("5\n6\n4\n");
  const refused = { name: "assign_adapter", value: "many" };
  await expect(mdev.create(host, { ...crypto(B), attributes: [...attributes, refused] })).rejects.toThrow(
    `cannot start ${B}: attribute 'assign_adapter' does not take 'many': invalid argument`,
  );
});
