// Processes that have a file open, as a virtual machine has the node of its device.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { onTestFinished } from "vitest";

export interface Holder {
  readonly pid: number;
  /** Ends the process. */
  end(): Promise<void>;
}

/** Starts a process that has the file open until the test ends, if not before: see startHolder. */
export async function holdOpen(path: string, ...args: string[]): Promise<Holder> {
  const holder = await startHolder(path, ...args);
  onTestFinished(holder.end);
  return holder;
}

/** Starts a process that has the file open: a shell under QEMU's name, with these arguments. */
export async function startHolder(path: string, ...args: string[]): Promise<Holder> {
  const file = fs.openSync(path, "r");
  const holder = spawn("sh", ["-c", "echo open; read -r line", "sh", ...args], {
    argv0: "/usr/bin/qemu-system-x86_64",
    stdio: ["pipe", "pipe", "ignore", file],
  });
  fs.closeSync(file);
  const ended = once(holder, "exit");
  const end = async () => {
    holder.stdin?.end();
    await ended;
  };
  if (holder.pid === undefined || holder.stdout === null) throw new Error("the shell was not started");
  await once(holder.stdout, "data");
  return { pid: holder.pid, end };
}
