import * as fs from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import type { Device } from "../device.ts";
import { type Host, hostOf } from "../host.ts";
import { nodeSystem } from "../system/node.ts";
import { sandbox } from "../system/sandbox.ts";
import type { System } from "../system.ts";
import { A, B, C, D, type Machine, machine } from "../testing/machine.ts";
import { findActive, findActiveDevice, findActiveTypes } from "./mdev.ts";
import { createDevice, removeDevice } from "./mdev-changes.ts";
import { findParent, findParents, parentNames } from "./mdev-types.ts";

interface Kernel extends Machine {
  readonly host: Host;
  /** What the kernel was asked, `sys` paths below the root. */
  readonly asked: string[];
}

function kernel(): Kernel {
  const made = machine();
  const asked: string[] = [];
  const node = nodeSystem();
  const noted = (what: string, path: string) => asked.push(`${what} ${path.slice(made.root.length + 1)}`);
  const system: System = {
    ...node,
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined),
    readLink: (path) => {
      noted("readLink", path);
      return node.readLink(path);
    },
    readLinks: (directory, names) => {
      for (const name of names) noted("readLink", posix.normalize(`${directory}/${name}`));
      return node.readLinks(directory, names);
    },
    readFilesBelow: (directory, names, limit) => {
      noted("readFilesBelow", directory);
      return node.readFilesBelow(directory, names, limit);
    },
    readDirectory: (path) => {
      noted("readDirectory", path);
      return node.readDirectory(path);
    },
    readFile: (path, limit) => {
      if (!path.endsWith("mdevctl-sandbox.json")) noted("readFile", path);
      return node.readFile(path, limit);
    },
  };
  return { ...made, host: hostOf(sandbox(system, made.root)), asked };
}

const serial = (uuid: string): Device => ({ uuid, parent: "mtty", type: "mtty-1", start: "manual", attributes: [] });
const crypto = (uuid: string): Device => ({ ...serial(uuid), parent: "matrix", type: "vfio_ap-passthrough" });

test("a device that was created is active until it is removed", async () => {
  const { host } = kernel();
  await createDevice(host, serial(A));
  expect(findActiveDevice(host, A)).toEqual({ uuid: A, parent: "mtty", type: "mtty-1" });
  await removeDevice(host, A);
  expect(findActiveDevice(host, A)).toBeUndefined();
});

test("active devices are sorted by parent and UUID", async () => {
  const { host } = kernel();
  for (const device of [serial(C), crypto(B), serial(A)]) await createDevice(host, device);
  expect(findActive(host)).toEqual([
    { uuid: B, parent: "matrix", type: "vfio_ap-passthrough" },
    { uuid: A, parent: "mtty", type: "mtty-1" },
    { uuid: C, parent: "mtty", type: "mtty-1" },
  ]);
});

test("of the devices that are defined for a parent, those are active that the bus has there", async () => {
  const { host, asked } = kernel();
  for (const device of [serial(B), crypto(A), serial(D)]) await createDevice(host, device);
  asked.length = 0;
  expect(Object.fromEntries(findActiveTypes(host, "mtty", [A, B, C, D]))).toEqual({ [B]: "mtty-1", [D]: "mtty-1" });
  const types = [B, C, D].map((uuid) => `readLink sys/devices/virtual/mtty/mtty/${uuid}/mdev_type`);
  expect(asked).toEqual([...[A, B].map((uuid) => `readLink sys/bus/mdev/devices/${uuid}`), ...types]);
  expect(findActiveTypes(host, "matrix", [C]).size).toBe(0);
});

test("two links tell all of a device, and what is not named as one is not touched", async () => {
  const { root, host, asked } = kernel();
  await createDevice(host, serial(A));
  fs.writeFileSync(`${root}/sys/bus/mdev/devices/README`, "");
  asked.length = 0;
  findActive(host);
  expect(asked).toEqual([
    "readDirectory sys/bus/mdev/devices",
    `readLink sys/bus/mdev/devices/${A}`,
    `readLink sys/devices/virtual/mtty/mtty/${A}/mdev_type`,
  ]);
});

test.each([
  ["is a directory instead of a link", (path: string) => fs.mkdirSync(path)],
  ["is a file", (path: string) => fs.writeFileSync(path, "")],
  ["leads nowhere", (path: string) => fs.symlinkSync("../../../devices/virtual/mtty/mtty/nothing", path)],
])("an entry of the bus that %s is no active device", (_what, make) => {
  const { root, host } = kernel();
  make(`${root}/sys/bus/mdev/devices/${A}`);
  expect(findActiveDevice(host, A)).toBeUndefined();
  expect(findActive(host)).toEqual([]);
});

test("parents have their types, sorted, and a parent can be asked for alone", () => {
  const { host, asked } = kernel();
  expect(parentNames(host)).toEqual(["matrix", "mtty"]);
  expect([...findParents(host)]).toEqual([
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
  expect([...findParent(host, "matrix")].map(({ name }) => name)).toEqual(["matrix"]);
  expect(asked.filter((path) => path.includes("/mtty"))).toEqual([]);
  expect([...findParent(host, "nowhere")]).toEqual([]);
});

test("attributes are written in their order, and one that is refused takes the device with it", async () => {
  const { host, read } = kernel();
  const attributes = ["5", "6", "4"].map((value) => ({ name: "assign_adapter", value }));
  await createDevice(host, { ...crypto(A), attributes });
  expect(read(`sys/bus/mdev/devices/${A}/assign_adapter`)).toBe("5\n6\n4\n");
  const refused = { name: "assign_adapter", value: "many" };
  await expect(
    Promise.resolve().then(() => createDevice(host, { ...crypto(B), attributes: [...attributes, refused] })),
  ).rejects.toThrow(`cannot start ${B}: attribute 'assign_adapter' does not take 'many': invalid argument`);
  expect(findActiveDevice(host, B)).toBeUndefined();
});
