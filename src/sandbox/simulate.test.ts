import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import type { System } from "../system.ts";
import { unflushedSystem } from "../testing/unflushed.ts";
import { isSandbox } from "./marker.ts";
import { type SandboxParent, sandboxParents } from "./parents.ts";
import { simulateKernel, writeSandbox } from "./simulate.ts";

const first = "11111111-1111-4111-8111-111111111111";
const second = "22222222-2222-4222-8222-222222222222";

/** Takes small devices and large ones; a large one takes two thirds of the card. */
const card: SandboxParent = {
  path: "pci0000:00/0000:00:02.0",
  capacity: 3,
  types: [
    {
      name: "small",
      deviceApi: "vfio-pci",
      label: "Small one",
      description: "memory: 1\nheads: 1",
      size: 1,
      attributes: [
        { name: "speed", value: "normal" },
        { name: "power/control", value: "auto", accepts: "auto|on" },
        { name: "power/limit", value: "10" },
        { name: "assign_adapter", value: "", appends: true },
      ],
    },
    { name: "large", deviceApi: "vfio-pci", size: 2, attributes: [] },
  ],
};
const port: SandboxParent = {
  path: "virtual/mtty/mtty",
  capacity: 1,
  types: [{ name: "mtty-1", deviceApi: "vfio-pci", size: 1, attributes: [] }],
};

const node = unflushedSystem();

function emptyRoot(): string {
  const root = fs.mkdtempSync(join(tmpdir(), "mdevctl-test-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  return root;
}

/** A root with these parents; write, read and link take paths below its `sys`. */
function simulateParents(...parents: SandboxParent[]) {
  const root = emptyRoot();
  writeSandbox(node, root, { parents });
  const system = simulateKernel(node, root);
  return {
    root,
    write: (path: string, text: string) => system.writeFile(`${root}/sys/${path}`, text),
    create: (parent: string, type: string, uuid: string) =>
      system.writeFile(`${root}/sys/class/mdev_bus/${parent}/mdev_supported_types/${type}/create`, uuid),
    remove: (uuid: string) => system.writeFile(`${root}/sys/bus/mdev/devices/${uuid}/remove`, "1"),
    read: (path: string) => fs.readFileSync(`${root}/sys/${path}`, "utf8"),
    link: (path: string) => fs.readlinkSync(`${root}/sys/${path}`),
    names: (path: string) => fs.readdirSync(`${root}/sys/${path}`).sort(),
  };
}

const types = "class/mdev_bus/0000:00:02.0/mdev_supported_types";
const refusal = (code: string) => expect.objectContaining({ code, operation: "write" });

test("a new sandbox shows its parents and types as sysfs does", () => {
  const { link, names, read } = simulateParents(card, port);
  expect(names("class/mdev_bus")).toEqual(["0000:00:02.0", "mtty"]);
  expect(link("class/mdev_bus/0000:00:02.0")).toBe("../../devices/pci0000:00/0000:00:02.0");
  expect(names(types)).toEqual(["large", "small"]);
  expect(names(`${types}/small`)).toEqual([
    "available_instances",
    "create",
    "description",
    "device_api",
    "devices",
    "name",
  ]);
  expect(names(`${types}/large`)).toEqual(["available_instances", "create", "device_api", "devices"]);
  expect(read(`${types}/small/name`)).toBe("Small one\n");
  expect(read(`${types}/small/description`)).toBe("memory: 1\nheads: 1\n");
  expect(read(`${types}/small/device_api`)).toBe("vfio-pci\n");
  expect(names("bus/mdev/devices")).toEqual([]);
});

test("a new sandbox has the directories of definitions and scripts, and no leftovers", () => {
  const { root } = simulateParents(card);
  expect(fs.readdirSync(`${root}/etc/mdevctl.d`)).toEqual([]);
  expect(fs.readdirSync(`${root}/usr/lib/mdevctl/scripts.d`).sort()).toEqual(["callouts", "notifiers"]);
  expect(fs.readdirSync(root).sort()).toEqual(["dev", "etc", "mdevctl-sandbox.json", "sys", "usr"]);
});

test("a parent can have no types", () => {
  const { names } = simulateParents({ path: "virtual/bare", capacity: 0, types: [] });
  expect(names("class/mdev_bus/bare")).toEqual(["mdev_supported_types"]);
  expect(names("class/mdev_bus/bare/mdev_supported_types")).toEqual([]);
});

test("a UUID written to create makes the device appear", () => {
  const { create, link, names, read } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  expect(link(`bus/mdev/devices/${first}`)).toBe(`../../../devices/pci0000:00/0000:00:02.0/${first}`);
  expect(link(`${types}/small/devices/${first}`)).toBe(`../../../${first}`);
  for (const device of [`bus/mdev/devices/${first}`, `${types}/small/devices/${first}`]) {
    expect(names(device)).toEqual(["assign_adapter", "iommu_group", "mdev_type", "power", "remove", "speed"]);
    expect(link(`${device}/mdev_type`)).toBe("../mdev_supported_types/small");
    expect(names(`${device}/mdev_type`)).toContain("available_instances");
    expect(read(`${device}/speed`)).toBe("normal\n");
    expect(read(`${device}/power/limit`)).toBe("10\n");
  }
});

test("every device has a group and its node, with the lowest number that is free", () => {
  const { create, link, remove, root } = simulateParents(card, port);
  const groupOf = (uuid: string) => fs.realpathSync(`${root}/sys/bus/mdev/devices/${uuid}/iommu_group`);
  const nodes = () => fs.readdirSync(`${root}/dev/vfio`);
  create("0000:00:02.0", "small", first);
  create("mtty", "mtty-1", second);
  expect(link(`bus/mdev/devices/${first}/iommu_group`)).toBe("../../../../kernel/iommu_groups/0");
  expect(groupOf(second)).toBe(fs.realpathSync(`${root}/sys/kernel/iommu_groups/1`));
  expect(nodes()).toEqual(["0", "1"]);
  remove(first);
  expect(nodes()).toEqual(["1"]);
  expect(fs.readdirSync(`${root}/sys/kernel/iommu_groups`)).toEqual(["1"]);
  create("0000:00:02.0", "small", first);
  expect(nodes()).toEqual(["0", "1"]);
});

test("devices of a sandbox that had no nodes can be removed", () => {
  const { create, names, remove, root } = simulateParents(port);
  create("mtty", "mtty-1", first);
  fs.rmSync(`${root}/sys/bus/mdev/devices/${first}/iommu_group`);
  fs.rmSync(`${root}/dev`, { recursive: true });
  remove(first);
  expect(names("bus/mdev/devices")).toEqual([]);
  create("mtty", "mtty-1", first);
  expect(fs.readdirSync(`${root}/dev/vfio`)).toEqual(["0"]);
});

test("a UUID may end with a newline and be in upper case; the device's name is in lower case", () => {
  const { create, names } = simulateParents(card);
  create("0000:00:02.0", "small", "ABCDEFAB-1111-4111-8111-111111111111\n");
  expect(names("bus/mdev/devices")).toEqual(["abcdefab-1111-4111-8111-111111111111"]);
});

test.each(["", "x", first.replaceAll("-", ""), `{${first}}`, `${first}\n\n`, `../${first}`])(
  "%j written to create is refused, because it is not a UUID",
  (text) => {
    const { create, names } = simulateParents(card);
    expect(() => create("0000:00:02.0", "small", text)).toThrow(refusal("EINVAL"));
    expect(names("devices/pci0000:00/0000:00:02.0")).toEqual(["mdev_supported_types"]);
  },
);

test("a UUID that is active is refused on every parent", () => {
  const { create, names } = simulateParents(card, port);
  create("0000:00:02.0", "small", first);
  expect(() => create("0000:00:02.0", "small", first)).toThrow(refusal("EEXIST"));
  expect(() => create("mtty", "mtty-1", first)).toThrow(refusal("EEXIST"));
  expect(names("devices/virtual/mtty/mtty")).toEqual(["mdev_supported_types"]);
});

test("a device takes an instance of its type, and its share of the parent from the other types", () => {
  const { create, read, remove } = simulateParents(card, port);
  const available = () => ["small", "large"].map((type) => Number(read(`${types}/${type}/available_instances`)));
  expect(available()).toEqual([3, 1]);
  create("0000:00:02.0", "small", first);
  expect(available()).toEqual([2, 1]);
  create("0000:00:02.0", "large", second);
  expect(available()).toEqual([0, 0]);
  remove(first);
  expect(available()).toEqual([1, 0]);
  remove(second);
  expect(available()).toEqual([3, 1]);
  expect(read("class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances")).toBe("1\n");
});

test("a device is refused when the parent has no instance left", () => {
  const { create, names } = simulateParents(port);
  create("mtty", "mtty-1", first);
  expect(() => create("mtty", "mtty-1", second)).toThrow(refusal("EUSERS"));
  expect(names("bus/mdev/devices")).toEqual([first]);
});

test.each(["1", "1\n"])("%j written to remove removes everything that create made", (text) => {
  const { create, names, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  create("0000:00:02.0", "small", second);
  write(`bus/mdev/devices/${first}/remove`, text);
  expect(names("bus/mdev/devices")).toEqual([second]);
  expect(names(`${types}/small/devices`)).toEqual([second]);
  expect(names("devices/pci0000:00/0000:00:02.0")).toEqual([second, "mdev_supported_types"]);
});

test("0 written to remove does nothing, and other text is refused", () => {
  const { create, names, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  write(`bus/mdev/devices/${first}/remove`, "0");
  expect(() => write(`bus/mdev/devices/${first}/remove`, "yes")).toThrow(refusal("EINVAL"));
  expect(names("bus/mdev/devices")).toEqual([first]);
});

test("a device that was removed cannot be removed again, and can be created again", () => {
  const { create, names, remove } = simulateParents(port);
  create("mtty", "mtty-1", first);
  remove(first);
  expect(() => remove(first)).toThrow(refusal("ENOENT"));
  create("mtty", "mtty-1", first);
  expect(names("bus/mdev/devices")).toEqual([first]);
});

test("an attribute holds the last value written, even a shorter one", () => {
  const { create, read, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  write(`bus/mdev/devices/${first}/speed`, "very fast");
  write(`bus/mdev/devices/${first}/speed`, "slow\n");
  write(`bus/mdev/devices/${first}/power/limit`, "5");
  expect(read(`bus/mdev/devices/${first}/speed`)).toBe("slow\n");
  expect(read(`bus/mdev/devices/${first}/power/limit`)).toBe("5\n");
});

test("an attribute can be written through every path that leads to it", () => {
  const { create, read, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  write(`devices/pci0000:00/0000:00:02.0/${first}/speed`, "1");
  expect(read(`bus/mdev/devices/${first}/speed`)).toBe("1\n");
  write(`${types}/small/devices/${first}/speed`, "2");
  expect(read(`bus/mdev/devices/${first}/speed`)).toBe("2\n");
});

test("an attribute that appends holds all values written, in order", () => {
  const { create, read, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  for (const adapter of ["5", "6", "4"]) write(`bus/mdev/devices/${first}/assign_adapter`, adapter);
  expect(read(`bus/mdev/devices/${first}/assign_adapter`)).toBe("5\n6\n4\n");
});

test.each(["off", "auto on", "", "automatic"])("an attribute refuses %j, which its driver does not accept", (value) => {
  const { create, read, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  write(`bus/mdev/devices/${first}/power/control`, "on");
  expect(() => write(`bus/mdev/devices/${first}/power/control`, value)).toThrow(refusal("EINVAL"));
  expect(read(`bus/mdev/devices/${first}/power/control`)).toBe("on\n");
});

test.each([
  ["an attribute that the device does not have", `bus/mdev/devices/${first}/vendor/speed`, "ENOENT"],
  ["an attribute of a device that is not active", `bus/mdev/devices/${second}/speed`, "ENOENT"],
  ["a type that the parent does not have", `${types}/huge/create`, "ENOENT"],
  ["a parent that does not exist", "class/mdev_bus/0000:00:03.0/mdev_supported_types/small/create", "ENOENT"],
  ["a path below a file", `bus/mdev/devices/${first}/speed/x`, "ENOENT"],
  ["a read-only file", `${types}/small/available_instances`, "EACCES"],
  ["a file of the type through the device", `bus/mdev/devices/${first}/mdev_type/device_api`, "EACCES"],
  ["a directory", `bus/mdev/devices/${first}/power`, "EISDIR"],
])("writing to %s is refused", (_what, path, code) => {
  const { create, write } = simulateParents(card);
  create("0000:00:02.0", "small", first);
  expect(() => write(path, "1")).toThrow(refusal(code));
});

test("a root without the marker is not simulated", () => {
  const { root, create, names } = simulateParents(card);
  fs.rmSync(`${root}/mdevctl-sandbox.json`);
  create("0000:00:02.0", "small", first);
  expect(fs.readFileSync(`${root}/sys/${types}/small/create`, "utf8")).toBe(first);
  expect(names("bus/mdev/devices")).toEqual([]);
});

test("only sys in a root with the marker is simulated, not the files around it", () => {
  const { root } = simulateParents(card);
  const system = simulateKernel(node, root);
  const beside = `${emptyRoot()}/create`;
  fs.writeFileSync(beside, "old");
  system.writeFile(beside, "new");
  expect(fs.readFileSync(beside, "utf8")).toBe("new");
  fs.writeFileSync(`${root}/etc/mdevctl.d/note`, "old");
  system.writeFile(`${root}/etc/mdevctl.d/note`, "new");
  expect(fs.readFileSync(`${root}/etc/mdevctl.d/note`, "utf8")).toBe("new");
});

test("the marker is looked for only when something is written below sys", () => {
  const root = emptyRoot();
  fs.mkdirSync(`${root}/sys`);
  fs.writeFileSync(`${root}/sys/file`, "");
  fs.writeFileSync(`${root}/file`, "");
  const looked: string[] = [];
  const watched: System = {
    ...node,
    readFile: (path, limit) => {
      looked.push(path);
      return node.readFile(path, limit);
    },
    stat: (path) => {
      looked.push(path);
      return node.stat(path);
    },
  };
  const system = simulateKernel(watched, root);
  system.readDirectory(root);
  system.writeFile(`${root}/file`, "x");
  expect(looked).toEqual([]);
  system.writeFile(`${root}/sys/file`, "x");
  expect(looked).toEqual([`${root}/mdevctl-sandbox.json`]);
});

test("the marker tells whether a root is a sandbox", () => {
  const { root } = simulateParents(card);
  expect(isSandbox(node, root)).toBe(true);
  expect(isSandbox(node, `${root}/sys`)).toBe(false);
  expect(isSandbox(node, `${root}/nowhere`)).toBe(false);
});

test.each([
  ["not JSON", "{"],
  ["not a description", "[]"],
])("a marker that is %s is an error that names the file", (_what, text) => {
  const { root, create } = simulateParents(card);
  fs.writeFileSync(`${root}/mdevctl-sandbox.json`, text);
  expect(() => create("0000:00:02.0", "small", first)).toThrow(`${root}/mdevctl-sandbox.json`);
});

test("every type of a new sandbox can create a device, whose attributes accept their initial values", () => {
  const { create, read, remove, write } = simulateParents(...sandboxParents);
  for (const { path, types: offered } of sandboxParents) {
    for (const type of offered) {
      create(path.slice(path.lastIndexOf("/") + 1), type.name, first);
      for (const { name, value } of type.attributes) {
        expect(read(`bus/mdev/devices/${first}/${name}`)).toBe(value === "" ? "" : `${value}\n`);
        if (value !== "") write(`bus/mdev/devices/${first}/${name}`, value);
      }
      remove(first);
    }
  }
});

test("whatever is created and removed, instances and devices add up and every link leads to its device", () => {
  const uuids = Array.from("0123456", (digit) => first.replaceAll("1", digit));
  const step = fc.record({
    action: fc.constantFrom("create", "create", "remove"),
    type: fc.constantFrom("small", "large"),
    uuid: fc.constantFrom(...uuids),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 16 }), (steps) => {
      const { create, link, names, read, remove, root } = simulateParents(card);
      const expected = new Map<string, string>();
      const sumSizes = () => [...expected.values()].reduce((sum, type) => sum + (type === "large" ? 2 : 1), 0);
      for (const { action, type, uuid } of steps) {
        const size = type === "large" ? 2 : 1;
        if (action === "remove") {
          if (expected.delete(uuid)) remove(uuid);
          else expect(() => remove(uuid)).toThrow(refusal("ENOENT"));
        } else if (expected.has(uuid)) {
          expect(() => create("0000:00:02.0", type, uuid)).toThrow(refusal("EEXIST"));
        } else if (sumSizes() + size > 3) {
          expect(() => create("0000:00:02.0", type, uuid)).toThrow(refusal("EUSERS"));
        } else {
          create("0000:00:02.0", type, uuid);
          expected.set(uuid, type);
        }
      }
      expect(names("bus/mdev/devices")).toEqual([...expected.keys()].sort());
      for (const [uuid, type] of expected) {
        expect(link(`bus/mdev/devices/${uuid}/mdev_type`)).toBe(`../mdev_supported_types/${type}`);
        const device = fs.realpathSync(`${root}/sys/bus/mdev/devices/${uuid}`);
        expect(fs.realpathSync(`${root}/sys/${types}/${type}/devices/${uuid}`)).toBe(device);
      }
      for (const [type, size] of [
        ["small", 1],
        ["large", 2],
      ] as const) {
        const active = [...expected].filter(([, name]) => name === type).map(([uuid]) => uuid);
        expect(names(`${types}/${type}/devices`)).toEqual(active.sort());
        expect(read(`${types}/${type}/available_instances`)).toBe(`${Math.floor((3 - sumSizes()) / size)}\n`);
      }
      expect(fs.readdirSync(root).sort()).toEqual(["dev", "etc", "mdevctl-sandbox.json", "sys", "usr"]);
    }),
    { numRuns: 25 },
  );
});
