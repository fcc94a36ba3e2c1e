// One command at a time changes definitions; readers never wait. The lock is on the configuration directory itself, so that no
// lock file can go stale.

import { refusalError, UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { SystemError } from "./system-error.ts";

const lockSeconds = 30;

/** `unlock` may be called early: other commands need not wait for what scripts do after the change. */
export async function whileLocked<T>(host: Host, action: (unlock: () => void) => Promise<T>): Promise<T> {
  let release = await lockDefinitions(host);
  const unlock = () => {
    release();
    release = () => {};
  };
  try {
    return await action(unlock);
  } finally {
    unlock();
  }
}

async function lockDefinitions(host: Host): Promise<() => void> {
  const directory = host.paths.definitions;
  try {
    return await host.system.lock(directory, lockSeconds);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // Without the directory there is nothing to change.
    if (error.code === "ENOENT" && error.path === directory) return () => {};
    if (error.path !== directory) throw new UserError(`cannot lock ${directory}: ${error.message}`);
    if (error.code !== "ETIMEDOUT") throw refusalError(host.system, `cannot lock ${directory}`, error);
    throw new UserError(
      `cannot lock ${directory}: ${holderOf(host, directory) ?? "another process"} has held the lock for ${lockSeconds} seconds`,
      "It may be waiting for a callout script.",
    );
  }
}

/** The process that holds the lock, if we may see what it has open. */
function holderOf(host: Host, directory: string): string | undefined {
  for (const { name: pid } of host.system.readDirectory("/proc")) {
    if (/^\d+$/.test(pid) && holds(host, pid, directory)) return `process ${pid}${commandLine(host, pid)}`;
  }
  return undefined;
}

function holds(host: Host, pid: string, directory: string): boolean {
  try {
    return host.system
      .readDirectory(`/proc/${pid}/fd`)
      .filter(({ name }) => host.system.readLink(`/proc/${pid}/fd/${name}`) === directory)
      .some(({ name }) => /^lock:.*FLOCK.*WRITE/m.test(host.system.readFile(`/proc/${pid}/fdinfo/${name}`, 65536)));
  } catch (error) {
    // It has ended, or it is not ours to look at.
    if (error instanceof SystemError) return false;
    throw error;
  }
}

function commandLine(host: Host, pid: string): string {
  try {
    const words = host.system.readFile(`/proc/${pid}/cmdline`, 65536).split("\0");
    return ` (${words.join(" ").trim()})`;
  } catch (error) {
    if (error instanceof SystemError) return "";
    throw error;
  }
}
