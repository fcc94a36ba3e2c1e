import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { SystemError } from "./system-error.ts";
import { A, machine } from "./testing/machine.ts";

const define = ["define", "-u", A, "-p", "mtty", "-t", "mtty-1"];

/** A machine whose lock cannot be acquired, for this reason. */
function lockedMachine(code: string, path?: string) {
  const host = machine({
    system: {
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
