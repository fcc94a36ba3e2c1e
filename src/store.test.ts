import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { expect, test } from "vitest";
import type { Device } from "./device.ts";
import { UserError } from "./errors.ts";
import { type Host, hostOf } from "./host.ts";
import { findDefinition, findDefinitions, readDefinition, readDefinitionIfAny, readDefinitions } from "./store.ts";
import { makeDefinitionsDirectory, removeDefinition, saveDefinition } from "./store-changes.ts";
import { nodeSystem } from "./system/node.ts";
import type { System } from "./system.ts";
import { SystemError } from "./system-error.ts";
import { A, B, C, type Machine, machine } from "./testing/machine.ts";

const text = '{\n  "mdev_type": "mtty-1",\n  "start": "manual",\n  "attrs": []\n}';
const device: Device = { uuid: A, parent: "mtty", type: "mtty-1", start: "manual", attributes: [] };

interface Store extends Machine {
  readonly host: Host;
  /** What was written to stderr. */
  readonly messages: string[];
}

/** A machine with these definitions, and perhaps with some system calls replaced. */
function storeOf(definitions: Readonly<Record<string, string>>, other: Partial<System> = {}): Store {
  const files = Object.entries(definitions).map(([path, value]) => [`etc/mdevctl.d/${path}`, value]);
  const made = machine({ files: Object.fromEntries(files) });
  const messages: string[] = [];
  const host = hostOf({
    ...nodeSystem(),
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? made.root : undefined),
    write: (_stream, message) => void messages.push(message),
    ...other,
  });
  return { ...made, host, messages };
}

test("definitions are found by device and by parent, sorted by parent and UUID", () => {
  const { host } = storeOf({
    [`b/${B}`]: text,
    [`b/${A}`]: text,
    [`a/${C}`]: text,
    [`a/${B}`]: "{",
    [`10/${C}`]: text,
  });
  const findPaths = (wanted: Parameters<typeof findDefinitions>[1]) =>
    findDefinitions(host, wanted).map(({ parent, uuid }) => `${parent}/${uuid}`);
  expect(findPaths({})).toEqual([`10/${C}`, `a/${B}`, `a/${C}`, `b/${A}`, `b/${B}`]);
  expect(findPaths({ parent: "a" })).toEqual([`a/${B}`, `a/${C}`]);
  expect(findPaths({ uuid: C })).toEqual([`10/${C}`, `a/${C}`]);
  expect(findPaths({ uuid: C, parent: "a" })).toEqual([`a/${C}`]);
  expect(findPaths({ uuid: A, parent: "a" })).toEqual([]);
  expect(findPaths({ parent: "nowhere" })).toEqual([]);
});

test("without directories there are no definitions", () => {
  const { root, host } = storeOf({});
  fs.rmSync(`${root}/etc`, { recursive: true });
  expect(findDefinitions(host, {})).toEqual([]);
  expect(findDefinitions(host, { uuid: A })).toEqual([]);
  expect(findDefinitions(host, { parent: "mtty" })).toEqual([]);
  expect(readDefinitionIfAny(host, A, "mtty")).toBeUndefined();
});

test("none of several definitions is chosen automatically", () => {
  const { host } = storeOf({ [`a/${A}`]: text, [`b/${A}`]: text, [`b/${B}`]: text });
  expect(findDefinition(host, B, undefined)?.parent).toBe("b");
  expect(findDefinition(host, A, "b")?.parent).toBe("b");
  expect(findDefinition(host, C, undefined)).toBeUndefined();
  expect(() => findDefinition(host, A, undefined)).toThrow(`${A} is defined under several parents: a, b`);
});

test("a broken definition is left out with a warning, unless its device is asked for", () => {
  const { root, host, messages } = storeOf({ [`a/${A}`]: text, [`a/${B}`]: "{" });
  expect([...readDefinitions(host, {})].map(({ uuid }) => uuid)).toEqual([A]);
  expect(messages).toEqual([
    `mdevctl: warning: cannot read ${root}/etc/mdevctl.d/a/${B}: it ends too early, at line 1, column 2: a name in double quotes or } is expected\n`,
  ]);
  expect(() => [...readDefinitions(host, { uuid: B })]).toThrow(UserError);
});

test.each([
  ["a directory", (path: string) => fs.mkdirSync(path)],
  ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
  ["a link to a directory", (path: string) => fs.symlinkSync("/", path)],
  ["a link to a device", (path: string) => fs.symlinkSync("/dev/zero", path)],
])("%s instead of a definition is not opened, and does not stop the others", (what, make) => {
  const { root, host } = storeOf({ [`a/${B}`]: text });
  make(`${root}/etc/mdevctl.d/a/${A}`);
  const [file] = findDefinitions(host, { uuid: A });
  if (file === undefined) throw new Error(`${what} is not found`);
  expect(() => readDefinition(host, file)).toThrow(
    `cannot read ${root}/etc/mdevctl.d/a/${A}: it is not a regular file`,
  );
  expect([...readDefinitions(host, {})].map(({ uuid }) => uuid)).toEqual([B]);
});

test("a saved definition is read back, and nothing else is left in the directory", async () => {
  const { root, host, read } = storeOf({});
  const attributes = [{ name: "speed", value: "1" }];
  await saveDefinition(host, { ...device, attributes, start: "auto" });
  expect([...readDefinitions(host, { uuid: A })]).toEqual([{ ...device, attributes, start: "auto" }]);
  expect(readDefinitionIfAny(host, A, "mtty")).toEqual({ type: "mtty-1", start: "auto", attributes });
  expect(fs.readdirSync(`${root}/etc/mdevctl.d/mtty`)).toEqual([A]);
  await saveDefinition(host, device);
  expect(read(`etc/mdevctl.d/mtty/${A}`)).toBe(text);
  expect(fs.readdirSync(`${root}/etc/mdevctl.d/mtty`)).toEqual([A]);
});

/** A store, and what is changed and flushed in it, in order. */
function recordedStore(definitions: Readonly<Record<string, string>>) {
  const steps: string[] = [];
  const system = nodeSystem();
  const store = storeOf(definitions, {
    createFile: (path, ...rest) => {
      steps.push(`create ${path.slice(store.root.length)}`);
      system.createFile(path, ...rest);
    },
    makeDirectory: (path) => {
      system.makeDirectory(path);
      steps.push(`make ${path.slice(store.root.length)}`);
    },
    rename: (from, to) => {
      steps.push(`rename to ${to.slice(store.root.length)}`);
      system.rename(from, to);
    },
    remove: (path) => {
      system.remove(path);
      steps.push(`remove ${path.slice(store.root.length)}`);
    },
    syncDirectory: (path) => void steps.push(`flush ${path.slice(store.root.length)}`),
  });
  return { ...store, steps };
}

const saved = [
  "create /etc/mdevctl.d/mtty/.mdevctl.new",
  `rename to /etc/mdevctl.d/mtty/${A}`,
  "flush /etc/mdevctl.d/mtty",
];

test.each([
  ["the first definition of a parent", {}, ["make /etc/mdevctl.d/mtty", "flush /etc/mdevctl.d", ...saved]],
  ["another definition of a parent", { [`mtty/${B}`]: text }, ["flush /etc/mdevctl.d", ...saved]],
  ["a definition that replaces another one", { [`mtty/${A}`]: text }, saved],
])("%s is flushed to the disk, with the directory that it is in", async (_what, before, steps) => {
  const store = recordedStore({ [`other/${C}`]: text, ...before });
  await saveDefinition(store.host, device);
  expect(store.steps).toEqual(steps);
});

test("the removal of a definition is flushed to the disk", async () => {
  const store = recordedStore({ [`mtty/${A}`]: text });
  await removeDefinition(store.host, device);
  expect(store.steps).toEqual([`remove /etc/mdevctl.d/mtty/${A}`, "flush /etc/mdevctl.d/mtty"]);
});

test.each([
  ["is missing", (directory: string) => fs.rmdirSync(directory), ["make /etc/mdevctl.d", "flush /etc"]],
  ["is empty, because whoever made it may have been killed", () => {}, ["flush /etc"]],
  ["has a directory of the parent", (directory: string) => fs.mkdirSync(`${directory}/mtty`), []],
])("the directory of the definitions is flushed to the disk when needed: it %s", (_what, prepare, steps) => {
  const store = recordedStore({});
  const directory = `${store.root}/etc/mdevctl.d`;
  fs.mkdirSync(directory, { recursive: true });
  prepare(directory);
  makeDefinitionsDirectory(store.host, "mtty");
  expect(store.steps).toEqual(steps);
});

test.each(["createFile", "rename"] as const)(
  "when %s fails, the old definition is left intact, and nothing else",
  async (operation) => {
    const failing = {
      [operation]: (path: string) => {
        throw new SystemError("ENOSPC", operation, path);
      },
    };
    const { root, host, read } = storeOf({ [`mtty/${A}`]: text }, failing);
    await expect(saveDefinition(host, { ...device, start: "auto" })).rejects.toThrow(
      new UserError(`cannot save ${root}/etc/mdevctl.d/mtty/${A}: no space left on device`),
    );
    expect(read(`etc/mdevctl.d/mtty/${A}`)).toBe(text);
    expect(fs.readdirSync(`${root}/etc/mdevctl.d/mtty`)).toEqual([A]);
  },
);

test("removing a definition removes one file, and the parent's directory stays", async () => {
  const { root, host } = storeOf({ [`mtty/${A}`]: text });
  await removeDefinition(host, device);
  expect(fs.readdirSync(`${root}/etc/mdevctl.d/mtty`)).toEqual([]);
  await expect(removeDefinition(host, device)).rejects.toThrow(
    `cannot remove ${root}/etc/mdevctl.d/mtty/${A}: no such file or directory`,
  );
});
