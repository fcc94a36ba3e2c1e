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

test("a process that holds the lock for too long is named, with its command line", async () => {
  const { run, definitions } = lockedMachine("ETIMEDOUT");
  const holder = spawn("flock", ["--exclusive", definitions, "sh", "-c", "echo held; read -r line"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void holder.stdin.end());
  await once(holder.stdout, "data");
  const { status, stderr } = await run(...define);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^mdevctl: cannot lock ${definitions}: process \\d+ \\(.*echo held.*\\) has held the lock for 30 seconds\n` +
        "It may be waiting for a callout script.\n$",
    ),
  );
});

test("a holder that cannot be identified is called another process", async () => {
  const { run, definitions } = lockedMachine("ETIMEDOUT");
  expect((await run(...define)).stderr).toContain(`cannot lock ${definitions}: another process has held the lock`);
});

test.each([
  ["a directory that does not support locks", "ENOLCK", undefined, "no lock available"],
  ["a missing locking program", "ENOENT", "flock", "cannot run flock: no such file or directory"],
])("%s is an error, and nothing is written", async (_what, code, path, reason) => {
  const { run, files, definitions } = lockedMachine(code, path);
  expect(await run(...define)).toEqual({
    status: 1,
    stdout: "",
    stderr: `mdevctl: cannot lock ${definitions}: ${reason}\n`,
  });
  expect(files("etc")).toEqual({});
});
