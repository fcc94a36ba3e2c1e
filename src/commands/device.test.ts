// Devices that are given as an argument, by a UUID or a beginning of it.

import { expect, test } from "vitest";
import type { DirectoryEntry, System } from "../system.ts";
import { type Machine, machine } from "../testing/machine.ts";
import { unflushedSystem } from "../testing/unflushed.ts";

const rest = "-6d5c-4a3c-8f0e-2f6b1c9d0e47";
const both = `8500aaaa${rest}`;
const defined = `8500bbbb${rest}`;
const others = [`9600aaaa${rest}`, `9600bbbb${rest}`] as const;
const active = `7700aaaa${rest}`;

/** What is active and defined is named so above; the others are defined. */
async function busyMachine(system: Partial<System> = {}): Promise<Machine> {
  const definition = '{"mdev_type":"mtty-1","start":"manual"}';
  const files = [both, defined, ...others].map((uuid) => [`etc/mdevctl.d/mtty/${uuid}`, definition] as const);
  const made = machine({ files: { ...Object.fromEntries(files), "in.json": definition }, system });
  await made.run("start", "--uuid", both);
  await made.run("start", "--uuid", active, "--parent", "mtty", "--type", "mtty-1");
  return made;
}

/** The UUIDs that are listed. */
async function listUuids({ run }: Machine, ...args: string[]): Promise<string[]> {
  const { stdout } = await run("list", ...args);
  return stdout.split("\n").flatMap((line) => line.split(" ")[0] || []);
}

test.each([
  ["stop", active, [both]],
  ["stop", "7700", [both]],
  ["stop", "7700aaaa-6d5c-4", [both]],
  ["stop", "7700AAAA-6D", [both]],
  ["stop", active.toUpperCase(), [both]],
  ["stop", active.replaceAll("-", ""), [both]],
  ["start", "8500b", [active, both, defined]],
  ["start", defined, [active, both, defined]],
])("%s %s means the only device whose UUID is or begins so", async (command, text, left) => {
  const made = await busyMachine();
  expect(await made.run(command, text)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await listUuids(made)).toEqual(left);
});

test("stop means the only active device whose UUID begins so, although others are defined", async () => {
  const made = await busyMachine();
  expect(await made.run("stop", "8500")).toMatchObject({ status: 0 });
  expect(await listUuids(made)).toEqual([active]);
});

test("undefine removes the definition of the only defined device whose UUID begins so", async () => {
  const made = await busyMachine();
  expect(await made.run("undefine", "9600b")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await listUuids(made, "--defined")).toEqual([both, defined, others[0]]);
});

test("modify changes the definition of the only defined device whose UUID begins so", async () => {
  const made = await busyMachine();
  expect(await made.run("modify", "9600a", "--auto")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(made.read(`etc/mdevctl.d/mtty/${others[0]}`)).toContain('"start": "auto"');
});

test("modify --live means active devices", async () => {
  const made = await busyMachine();
  const line = ["modify", "8500", "--live", "--jsonfile", `${made.root}/in.json`];
  expect((await made.run(...line)).stderr).toContain(`cannot modify ${both} live`);
});

test("a device that is defined under several parents is one device", async () => {
  const made = await busyMachine();
  made.write(`etc/mdevctl.d/matrix/${defined}`, '{"mdev_type":"vfio_ap-passthrough","start":"manual"}');
  expect(await made.run("undefine", "8500b")).toMatchObject({ status: 0, stderr: "" });
  expect(await listUuids(made, "--defined")).toEqual([both, ...others]);
});

test("a broken definition can be removed by a beginning of its name", async () => {
  const made = await busyMachine();
  made.write(`etc/mdevctl.d/mtty/${defined}`, "broken");
  expect(await made.run("undefine", "8500b")).toMatchObject({ status: 0 });
  expect(made.read(`etc/mdevctl.d/mtty/${defined}`)).toBeUndefined();
});

const show = (...uuids: readonly string[]) => uuids.map((uuid) => `${uuid} (mtty, mtty-1)`).join(" and ");

test.each([
  ["start 8500", "'8500' is the beginning of 2 devices' UUIDs", `They are ${show(both, defined)}.`],
  ["undefine 8500", "'8500' is the beginning of 2 devices' UUIDs", `They are ${show(both, defined)}.`],
  ["modify 9600 --auto", "'9600' is the beginning of 2 devices' UUIDs", `They are ${show(...others)}.`],
  ["stop 9600", "'9600' is the beginning of 2 devices' UUIDs, none of which is active", `They are ${show(...others)}.`],
  ["stop 1234", "no device's UUID begins with '1234'", `The devices that are active: ${show(active, both)}.`],
  [
    "start 1234",
    "no device's UUID begins with '1234'",
    "'mdevctl list' and 'mdevctl list --defined' show the devices.",
  ],
  ["start 7700", `cannot start ${active}: it is active already`],
  ["stop 9600a", `cannot stop ${others[0]}: it is not active`, "'mdevctl list' shows the active devices."],
  ["undefine 7700", `cannot undefine ${active}: it is not defined`, "'mdevctl list --defined' shows what is."],
  ["modify 7700 --auto", `cannot modify ${active}: it is not defined`, "'mdevctl list --defined' shows what is."],
])("mdevctl %s fails and changes nothing", async (line, ...messages) => {
  const made = await busyMachine();
  const before = [made.files(), await listUuids(made)];
  const stderr = `mdevctl: ${messages.join("\n")}\n`;
  expect(await made.run(...line.split(" "))).toEqual({ status: 1, stdout: "", stderr });
  expect([made.files(), await listUuids(made)]).toEqual(before);
});

test("of very many devices only some are shown", async () => {
  const made = await busyMachine();
  for (let number = 0; number < 6; number++) made.write(`etc/mdevctl.d/mtty/abcd000${number}${rest}`, "broken");
  const { stderr } = await made.run("undefine", "abcd");
  const shown = [0, 1, 2, 3].map((number) => `abcd000${number}${rest} (mtty)`);
  expect(stderr).toContain("mdevctl: 'abcd' is the beginning of 6 devices' UUIDs\n");
  expect(stderr).toContain(`They are ${shown.join(", ")} and 2 more.\n`);
});

test("on a host without devices, the hint says how to list them", async () => {
  const { run } = machine();
  expect(await run("stop", "1234")).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "mdevctl: no device's UUID begins with '1234'\n'mdevctl list' and 'mdevctl list --defined' show the devices.\n",
  });
});

test.each([["start"], ["stop"], ["undefine"], ["modify", "--auto"]])(
  "a whole UUID is not looked up: %s",
  async (...words) => {
    const read: string[] = [];
    const system = unflushedSystem();
    const readDirectory = (path: string): DirectoryEntry[] => {
      read.push(path);
      return system.readDirectory(path);
    };
    const { run } = await busyMachine({ readDirectory });
    async function readingsOf(...args: string[]): Promise<string[]> {
      read.length = 0;
      await run(...words, ...args);
      return [...read];
    }
    const unknown = `1234aaaa${rest}`;
    expect(await readingsOf(unknown)).toEqual(await readingsOf("--uuid", unknown));
    expect((await readingsOf("1234")).length).toBeGreaterThan(0);
  },
);
