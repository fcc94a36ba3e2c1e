import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { nodeSystem } from "./system/node.ts";
import type { System } from "./system.ts";
import { SystemError } from "./system-error.ts";
import { plain } from "./testing/callouts.ts";
import { A, machine } from "./testing/machine.ts";
import { on } from "./testing/scripts.ts";

const define = ["define", "-u", A, "-p", "mtty", "-t", "mtty-1"];

/** A machine whose lock cannot be acquired, for this reason. */
function lockedMachine(code: string, path?: string, system: Partial<System> = {}) {
  const host = machine({
    system: {
      ...system,
      lock: async (directory) => {
        throw path === undefined ? new SystemError(code, "lock", directory) : new SystemError(code, "run", path);
      },
    },
  });
  return { ...host, definitions: `${host.root}/etc/mdevctl.d` };
}

/** Starts a process that holds the lock until the end of the test: a shell with these arguments. */
async function hold(definitions: string, ...args: string[]) {
  const holder = spawn("flock", ["--exclusive", definitions, "sh", "-c", ...args], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void holder.stdin.end());
  await once(holder.stdout, "data");
}

test("a process that holds the lock for too long is named, with its command line", async () => {
  const { run, definitions } = lockedMachine("ETIMEDOUT");
  await hold(definitions, "echo held; read -r line");
  const { status, stderr } = await run(...define);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^mdevctl: cannot lock ${definitions}: process \\d+ \\(.*echo held.*\\) has held the lock for 30 seconds\n` +
        "It may be waiting for a callout script.\n$",
    ),
  );
});

test("control characters in the command line of the process that holds the lock are escaped", async () => {
  const { run, definitions } = lockedMachine("ETIMEDOUT");
  await hold(definitions, "echo held; read -r line", "\x1b]0;title\x07", "\n\u202e");
  const { stderr } = await run(...define);
  expect(stderr).toContain(` \\x1b]0;title\\x07 \\n\\u202e) has held the lock for 30 seconds\n`);
});

test("a holder that cannot be identified is called another process", async () => {
  const { run, definitions } = lockedMachine("ETIMEDOUT");
  expect((await run(...define)).stderr).toContain(`cannot lock ${definitions}: another process has held the lock`);
});

test("without /proc the holder is called another process", async () => {
  const system = nodeSystem();
  const { run, definitions } = lockedMachine("ETIMEDOUT", undefined, {
    readDirectory: (path) => {
      if (path === "/proc") throw new SystemError("ENOENT", "read the directory", path);
      return system.readDirectory(path);
    },
  });
  expect(await run(...define)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot lock ${definitions}: another process has held the lock for 30 seconds
It may be waiting for a callout script.
`,
  });
});

/** Shell commands that replace the directory of the definitions by a copy, once. */
const replaceDirectory =
  'cd "$root/etc" && test -d old || { mv mdevctl.d old && cp -R old mdevctl.d; touch mdevctl.d/copy; }';

test("a directory that was replaced while the lock was waited for is locked again", async () => {
  const system = nodeSystem();
  const locked: string[] = [];
  const made = machine({
    files: { "etc/mdevctl.d/file": "" },
    system: {
      lock: async (directory, seconds) => {
        const lock = await system.lock(directory, seconds);
        if (locked.length === 0) execFileSync("sh", ["-c", `root=$1; ${replaceDirectory}`, "sh", made.root]);
        locked.push(directory);
        return lock;
      },
    },
  });
  expect(await made.run(...define)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(locked).toHaveLength(2);
  expect(Object.keys(made.files("etc")).sort()).toEqual(
    [`etc/mdevctl.d/copy`, `etc/mdevctl.d/file`, `etc/mdevctl.d/mtty/${A}`, "etc/old/file"].sort(),
  );
});

test("a directory that was removed while the lock was waited for is made again", async () => {
  const system = nodeSystem();
  const made = machine({
    system: {
      lock: async (directory, seconds) => {
        const lock = await system.lock(directory, seconds);
        if (!fs.existsSync(`${made.root}/etc/old`)) fs.renameSync(directory, `${made.root}/etc/old`);
        return lock;
      },
    },
  });
  expect(await made.run(...define)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(Object.keys(made.files("etc"))).toEqual([`etc/mdevctl.d/mtty/${A}`]);
});

test.each([
  [define, {}],
  [["modify", "-u", A, "--auto"], { [`etc/mdevctl.d/mtty/${A}`]: plain }],
  [["undefine", "-u", A], { [`etc/mdevctl.d/mtty/${A}`]: plain }],
])("nothing is written when the directory was replaced while a script was asked: %j", async (args, definitions) => {
  const files = { "etc/mdevctl.d/file": "", ...definitions };
  const made = machine({ files });
  made.callout("vendor", on("pre", replaceDirectory));
  expect(await made.run(...args)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot change ${made.root}/etc/mdevctl.d: the directory was replaced in the meantime
Run the command again.
`,
  });
  const old = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace("mdevctl.d", "old"), text]));
  expect(made.files("etc")).toEqual({ ...files, ...old, "etc/mdevctl.d/copy": "" });
  expect(made.steps().at(-1)).toBe(`vendor post ${args[0]} failure`);
  expect((await made.run(...args)).status).toBe(0);
});

test.each([
  ["a directory that does not support locks", "ENOLCK", undefined, "no lock available"],
  ["a missing locking program", "ENOENT", "/usr/bin/flock", "cannot run /usr/bin/flock: no such file or directory"],
])("%s is an error, and nothing is written", async (_what, code, path, reason) => {
  const { run, files, definitions } = lockedMachine(code, path);
  expect(await run(...define)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot lock ${definitions}: ${reason}\n`,
  });
  expect(files("etc")).toEqual({});
});
