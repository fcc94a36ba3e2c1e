// One command at a time changes definitions; readers never wait. The lock is on the configuration directory itself, so that no
// lock file can go stale.

import { refusalError, UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { Lock } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";

const lockSeconds = 30;

/** What is locked. */
export interface LockedDefinitions {
  /** To be called before anything is written: refuses when the directory has been replaced since, which the lock is not on. */
  ensureCurrent(): void;
  /** May be called early: other commands need not wait for what scripts do after the change. */
  unlock(): void;
}

/** `prepare` is called before each try to lock the directory. */
export async function whileLocked<T>(
  host: Host,
  action: (locked: LockedDefinitions) => Promise<T>,
  prepare = () => {},
): Promise<T> {
  let lock: Lock | undefined = await lockCurrent(host, prepare);
  const unlock = () => {
    lock?.release();
    lock = undefined;
  };
  const ensureCurrent = () => {
    if (lock === undefined || !isCurrent(lock)) {
      throw new UserError(
        `cannot change ${host.paths.definitions}: the directory was replaced in the meantime`,
        "Run the command again.",
      );
    }
  };
  try {
    return await action({ ensureCurrent, unlock });
  } finally {
    unlock();
  }
}

/** While we wait for the lock, the directory may be replaced. Without the directory there is no lock. */
async function lockCurrent(host: Host, prepare: () => void): Promise<Lock | undefined> {
  for (;;) {
    prepare();
    const lock = await lockDefinitions(host);
    if (lock === undefined || isCurrent(lock)) return lock;
    lock.release();
  }
}

function isCurrent(lock: Lock): boolean {
  return unless(missing, () => lock.isCurrent()) ?? false;
}

async function lockDefinitions(host: Host): Promise<Lock | undefined> {
  const directory = host.paths.definitions;
  try {
    return await host.system.lock(directory, lockSeconds);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // There is nothing to change then.
    if (error.code === "ENOENT" && error.path === directory) return undefined;
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
  for (const pid of processes(host)) {
    if (/^\d+$/.test(pid) && holds(host, pid, directory)) return `process ${pid}${commandLine(host, pid)}`;
  }
  return undefined;
}

/** None where /proc is not mounted. */
function processes(host: Host): string[] {
  try {
    return host.system.readDirectory("/proc").map(({ name }) => name);
  } catch (error) {
    if (error instanceof SystemError) return [];
    throw error;
  }
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
