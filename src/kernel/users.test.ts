import * as fs from "node:fs";
import { basename, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hostOf } from "../host.ts";
import { nodeSystem } from "../system/node.ts";
import { replaceReaders } from "../system/reading.ts";
import type { System } from "../system.ts";
import { SystemError, unless } from "../system-error.ts";
import { holdOpen } from "../testing/holder.ts";
import { machine } from "../testing/machine.ts";
import { describeUse, findNodes, findUsage, findUsages, type User } from "./users.ts";

type Readers = Partial<Pick<System, "readLink" | "readDirectory" | "readFile">>;

const node = nodeSystem();

/** As they are where /proc shows all processes, wherever the tests run. */
const allSeeing = {
  readLink: (path: string) => {
    if (path === "/proc/self/ns/pid") return "pid:[4026531836]";
    return unless(["EACCES"], () => node.readLink(path)) ?? "hidden";
  },
  readDirectory: (path: string) => unless(["EACCES"], () => node.readDirectory(path)) ?? [],
};
const { readDirectory, readLink } = allSeeing;

/** A root with the nodes of two groups. */
function groups(readers: Readers = {}) {
  const { root, write } = machine();
  write("dev/vfio/7", "");
  write("dev/vfio/8", "");
  const system = replaceReaders(node, { ...allSeeing, ...readers });
  const environment = (name: string) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined);
  return { root, first: `${root}/dev/vfio/7`, second: `${root}/dev/vfio/8`, host: hostOf({ ...system, environment }) };
}

const program = "qemu-system-x86_64";
const none = { name: undefined, uuid: undefined };
const uuid = "4dea22b3-1d52-4f3e-a516-782e98ab3fa0";

test("a process uses a device while it has the node open", async () => {
  const { host, first, second } = groups();
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
  const { pid, end } = await holdOpen(first);
  expect(findUsage(host, [first])).toEqual({ kind: "used", users: [{ pid, program, vm: none }] });
  expect(findUsage(host, [second])).toEqual({ kind: "unused" });
  await end();
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
});

/** Makes a device in sysfs with these nodes, and returns its directory. */
function addDevice(root: string, name: string, { group, own }: { group?: string; own?: string }): string {
  const directory = `${root}/sys/devices/${name}`;
  fs.mkdirSync(directory, { recursive: true });
  if (group !== undefined) fs.symlinkSync(`../../kernel/iommu_groups/${group}`, `${directory}/iommu_group`);
  if (own !== undefined) fs.mkdirSync(`${directory}/vfio-dev/${own}`, { recursive: true });
  return directory;
}

test.each([true, false])(
  "of many devices each has its own users, found in one pass (own nodes: %s)",
  async (hasOwn) => {
    const passes: string[] = [];
    const { root, host, first, second } = groups({
      readDirectory: (path) => {
        if (path === "/proc") passes.push(path);
        return readDirectory(path);
      },
    });
    const both = await holdOpen(second);
    const one = await holdOpen(first);
    fs.mkdirSync(`${root}/dev/vfio/devices`);
    fs.writeFileSync(`${root}/dev/vfio/devices/vfio3`, "");
    const own = hasOwn ? [await holdOpen(`${root}/dev/vfio/devices/vfio3`)] : [];
    const usages = findUsages(host, [
      addDevice(root, "none", {}),
      addDevice(root, "first", { group: "7" }),
      addDevice(root, "second", { group: "8", own: "vfio3" }),
      addDevice(root, "third", { group: "9" }),
    ]);
    const pids = usages.map((usage) =>
      usage.kind === "used" ? usage.users.map((user) => user.pid).toSorted() : usage.kind,
    );
    expect(pids).toEqual(["unused", [one.pid], [both, ...own].map(({ pid }) => pid).toSorted(), "unused"]);
    expect(passes).toHaveLength(1);
  },
);

test("of a device whose group cannot be read, nobody knows whether it is used", async () => {
  const { root, host, first } = groups();
  await holdOpen(first);
  const unreadable = addDevice(root, "unreadable", {});
  fs.writeFileSync(`${unreadable}/iommu_group`, "no link");
  expect(findUsages(host, [unreadable, addDevice(root, "none", {})])).toEqual([
    { kind: "unknown" },
    { kind: "unused" },
  ]);
});

test("while nobody has a node open, no device is asked for its nodes", () => {
  const { root, host } = groups({
    readLink: (path) => {
      if (path.endsWith("/iommu_group")) throw new Error(path);
      return allSeeing.readLink(path);
    },
  });
  expect(findUsages(host, [`${root}/sys/devices/first`])).toEqual([{ kind: "unused" }]);
});

test("a device without nodes is unused, and nobody's files are looked at", () => {
  const { host } = groups({
    readDirectory: (path) => {
      throw new Error(path);
    },
  });
  expect(findUsage(host, [])).toEqual({ kind: "unused" });
});

test("the program itself does not count, however many files its caller left open", () => {
  const { host, first } = groups();
  const files = Array.from({ length: 1000 }, () => fs.openSync(first, "r"));
  onTestFinished(() => files.forEach((file) => void fs.closeSync(file)));
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
});

test("who has a node open that has been replaced does not use the device", async () => {
  const { host, first } = groups();
  await holdOpen(first);
  fs.rmSync(first);
  fs.writeFileSync(first, "");
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
});

test.each([
  ["relative", (root: string) => relative(process.cwd(), root)],
  ["through a link", (root: string) => `${root}/link`],
  ["through a parent directory", (root: string) => `${root}/../${basename(root)}/.`],
])("the path of a node may be %s", async (_what, change) => {
  const { root, host, first } = groups();
  fs.symlinkSync(`../${basename(root)}`, `${root}/link`);
  const { pid } = await holdOpen(first);
  expect(findUsage(host, [`${change(root)}/dev/vfio/7`])).toMatchObject({ kind: "used", users: [{ pid }] });
});

test.each([
  [["-name", "web1"], { name: "web1", uuid: undefined }],
  [["-name", "guest=web1,debug-threads=on", "-uuid", uuid.toUpperCase()], { name: "web1", uuid }],
  [["--name", "web1,process=web", "--uuid", uuid], { name: "web1", uuid }],
  [["-name", "debug-threads=on,guest=a,,b=c"], { name: "a,b=c", uuid: undefined }],
  [["-name", "debug-threads=on", "-uuid", "none"], none],
  [["-name"], none],
  [["-device", "-uuid"], none],
])("the VM of a process with the arguments %j", async (args, vm) => {
  const { host, first } = groups();
  const { pid } = await holdOpen(first, ...args);
  expect(findUsage(host, [first])).toEqual({ kind: "used", users: [{ pid, program, vm }] });
});

/** A reader that fails for some paths. */
const failing =
  <T>(read: (path: string) => T, code: string, fails: (path: string) => boolean) =>
  (path: string): T => {
    if (fails(path)) throw new SystemError(code, "read", path);
    return read(path);
  };

const isProc = (path: string) => path.startsWith("/proc");

test.each<[string, Readers]>([
  ["another namespace", { readLink: (path) => (path === "/proc/self/ns/pid" ? "pid:[4026532345]" : readLink(path)) }],
  ["processes that others own", { readDirectory: failing(readDirectory, "EACCES", (path) => path === "/proc/1/fd") }],
  [
    "hidden processes",
    { readDirectory: (path) => readDirectory(path).filter(({ name }) => path !== "/proc" || name !== "1") },
  ],
  [
    "a /proc that is not mounted",
    {
      readDirectory: failing(readDirectory, "ENOENT", isProc),
      readLink: failing(readLink, "ENOENT", isProc),
    },
  ],
])("where /proc does not tell because of %s, opening the group's node does", (_what, readers) => {
  let code = "";
  const opened: string[] = [];
  const { host, first } = groups({
    readFile: (path) => {
      opened.push(path);
      throw new SystemError(code, "read", path);
    },
    ...readers,
  });
  for (const [answer, usage] of [
    ["EBUSY", { kind: "used", users: [] }],
    ["EINVAL", { kind: "unused" }],
    ["ENOENT", { kind: "unknown" }],
    ["EACCES", { kind: "unknown" }],
  ] as const) {
    code = answer;
    expect([answer, findUsage(host, [first, "/dev/vfio/devices/vfio3"])]).toEqual([answer, usage]);
  }
  expect(opened).toEqual([first, first, first, first]);
  expect(findUsage(host, ["/dev/vfio/devices/vfio3"])).toEqual({ kind: "unknown" });
});

test("where /proc does not tell, a process that it shows is found all the same", async () => {
  const { host, first } = groups({
    readLink: (path) => readLink(path === "/proc/self/ns/pid" ? "/proc/1/no" : path),
  });
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
  const { pid } = await holdOpen(first);
  expect(findUsage(host, [first])).toMatchObject({ kind: "used", users: [{ pid }] });
});

test.each(["ENOENT", "ESRCH"])("a process that ends meanwhile does no harm (%s)", async (code) => {
  const { host, first } = groups({
    readDirectory: (path) =>
      path === "/proc"
        ? [...readDirectory(path).filter(({ name }) => name === "1"), { name: "99999999", kind: "directory" }]
        : failing(
            () => [],
            code,
            (each) => each === "/proc/99999999/fd",
          )(path),
    readFile: (path) => {
      throw new Error(`${path} was opened`);
    },
  });
  expect(findUsage(host, [first])).toEqual({ kind: "unused" });
});

test("the nodes of a device are that of its group and its own", () => {
  const { root, host } = groups();
  const device = `${root}/sys/devices/a`;
  fs.mkdirSync(`${device}/vfio-dev/vfio3`, { recursive: true });
  expect(findNodes(host, device)).toEqual([`${root}/dev/vfio/devices/vfio3`]);
  fs.symlinkSync("../../kernel/iommu_groups/12", `${device}/iommu_group`);
  expect(findNodes(host, device)).toEqual([`${root}/dev/vfio/12`, `${root}/dev/vfio/devices/vfio3`]);
  expect(findNodes(host, `${root}/sys/devices/b`)).toEqual([]);
});

const user = (pid: number, program?: string, vm: Partial<User["vm"]> = {}): User => ({
  ...{ pid, program },
  vm: { ...none, ...vm },
});

test.each([
  [[], "a process that cannot be seen from here uses it"],
  [[user(1)], "process 1 uses it"],
  [[user(1, "cat")], "process 1 (cat) uses it"],
  [[user(1, "kvm", { name: "web 1", uuid })], "process 1 (kvm, VM 'web 1') uses it"],
  [[user(1, "kvm", { uuid }), user(2, "cat")], `process 1 (kvm, VM ${uuid}) and process 2 (cat) use it`],
])("users are described: %j", (users, text) => {
  expect(describeUse(users)).toBe(text);
});
