// One command at a time changes definitions, or the devices of a card; readers never wait. The lock is on a directory that is there
// anyway, so that no lock file can go stale.

import { refusalError, UserError } from "./errors.ts";
import type { Host } from "./host.ts";
import { findOpenFiles, type OpenFile, readCommandLine } from "./processes.ts";
import type { Lock, System } from "./system.ts";
import { missing, SystemError, unless } from "./system-error.ts";

const lockSeconds = 30;

/** A directory, and what may keep whoever has locked it so long. */
interface Lockable {
  readonly directory: string;
  readonly hint: string;
}

/** The directory is locked. */
export interface Locked {
  /** To be called before anything is written: refuses when the directory has been replaced since, which the lock is not on. */
  ensureCurrent(): void;
  /** May be called early: other commands need not wait for what scripts do after the change. */
  unlock(): void;
}

/** Locks the definitions. `prepare` is called before each try. */
export function whileLocked<T>(host: Host, action: (locked: Locked) => Promise<T>, prepare = () => {}): Promise<T> {
  const lockable = { directory: host.paths.definitions, hint: "It may be waiting for a callout script." };
  return whileDirectoryLocked(host, lockable, { action, prepare });
}

/** `prepare` is called before each try to lock the directory. */
export async function whileDirectoryLocked<T>(
  host: Host,
  lockable: Lockable,
  { action, prepare }: { readonly action: (locked: Locked) => Promise<T>; readonly prepare: () => void },
): Promise<T> {
  let lock: Lock | undefined = await lockCurrent(host, lockable, prepare);
  const unlock = () => {
    lock?.release();
    lock = undefined;
  };
  const ensureCurrent = () => {
    if (lock === undefined || !isCurrent(lock)) {
      throw new UserError(
        `cannot change ${lockable.directory}: the directory was replaced in the meantime`,
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
async function lockCurrent(host: Host, lockable: Lockable, prepare: () => void): Promise<Lock | undefined> {
  for (;;) {
    prepare();
    const lock = await lockDirectory(host, lockable);
    if (lock === undefined || isCurrent(lock)) return lock;
    lock.release();
  }
}

function isCurrent(lock: Lock): boolean {
  return unless(missing, () => lock.isCurrent()) ?? false;
}

async function lockDirectory(host: Host, { directory, hint }: Lockable): Promise<Lock | undefined> {
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
      hint,
    );
  }
}

/** The process that holds the lock, if we may see what it has open. */
function holderOf({ system }: Host, directory: string): string | undefined {
  const files = findOpenFiles(system, [directory]).found.get(directory) ?? [];
  const holder = files.find((file) => isLocked(system, file));
  if (holder === undefined) return undefined;
  const words = readCommandLine(system, holder.pid);
  return `process ${holder.pid}${words.length === 0 ? "" : ` (${words.join(" ")})`}`;
}

function isLocked(system: System, { pid, descriptor }: OpenFile): boolean {
  try {
    return /^lock:.*FLOCK.*WRITE/m.test(system.readFile(`/proc/${pid}/fdinfo/${descriptor}`, 65536));
  } catch (error) {
    // It has ended.
    if (error instanceof SystemError) return false;
    throw error;
  }
}
