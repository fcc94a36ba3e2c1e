import { expect, test } from "vitest";
import { describeMachine } from "./machine.ts";
import { directory } from "./tree.ts";

test("a machine's tree has its parents, its devices with and without a type, and its definitions", () => {
  const [uuid, other] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
  const machine = describeMachine({
    parents: [
      { path: "a/b", types: [{ name: "t", deviceApi: "vfio-pci", instances: 2, files: { create: directory } }] },
    ],
    devices: [
      { uuid, parent: "a/b", type: "t", attributes: [{ name: "power/control", value: "on" }] },
      { uuid: other, parent: "a/b" },
    ],
    definitions: [{ uuid, parent: "b", type: "t", start: "auto", attributes: [] }],
  });
  expect(machine).toEqual({
    ...describeMachine({}),
    "sys/class/mdev_bus/b": { link: "../../devices/a/b" },
    "sys/devices/a/b/mdev_supported_types": directory,
    "sys/devices/a/b/mdev_supported_types/t/available_instances": "2\n",
    "sys/devices/a/b/mdev_supported_types/t/device_api": "vfio-pci\n",
    "sys/devices/a/b/mdev_supported_types/t/create": directory,
    [`sys/bus/mdev/devices/${uuid}`]: { link: `../../../devices/a/b/${uuid}` },
    [`sys/devices/a/b/${uuid}/remove`]: "",
    [`sys/devices/a/b/${uuid}/power/control`]: "on\n",
    [`sys/devices/a/b/${uuid}/mdev_type`]: { link: "../mdev_supported_types/t" },
    [`sys/bus/mdev/devices/${other}`]: { link: `../../../devices/a/b/${other}` },
    [`sys/devices/a/b/${other}/remove`]: "",
    [`etc/mdevctl.d/b/${uuid}`]: '{\n  "mdev_type": "t",\n  "start": "auto",\n  "attrs": []\n}',
  });
});
