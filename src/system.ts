// The one door to the outside: everything mdevctl asks of the operating system goes through a System.
// `system/node.ts` and `system/quickjs.ts` implement it for the two builds; `sandbox/simulate.ts` wraps one of them so that a
// directory tree behaves like the kernel's sysfs. It has no policy: no path arithmetic, no caching, no ignored failures.
// Files are read and written synchronously; only what waits for someone else is asynchronous.

import type { SystemError } from "./system-error.ts";

export interface System {
  /** The name that the program was called by (may have directories) and the arguments after it. */
  readonly programName: string;
  readonly args: readonly string[];
  /** Effective user id; 0 is root. */
  readonly userId: number;
  environment(name: string): string | undefined;

  /**
   * The whole text of a regular file or a file of sysfs, where a short read means the end. Throws EFBIG if it has more than
   * `limit` bytes, EILSEQ if it is not valid UTF-8. Never blocks, whatever is there, and never acquires a controlling terminal.
   */
  readFile(path: string, limit: number): string;
  /**
   * Reads the files of these names, which may have several parts, in each directory of a directory: each as readFile does, or
   * why it cannot. Whatever is not a file counts as a directory.
   */
  readFilesBelow(directory: string, names: readonly string[], limit: number): FilesBelow[];
  /** As readFile, of anything that can be read until it ends: a pipe, a terminal. */
  readInput(path: string, limit: number): string;
  /** As readInput, of our stdin from where it stands: it may be a socket or a file that we may not open ourselves. */
  readStdin(limit: number): string;
  readLink(path: string): string;
  /** Reads links whose paths start at a directory: each as readLink does, or why it cannot. */
  readLinks(directory: string, names: readonly string[]): (string | SystemError)[];
  /** The entries in the order of the file system, without `.` and `..`. */
  readDirectory(path: string): DirectoryEntry[];
  /** Follows links. */
  stat(path: string): FileStatus;
  /** Does not follow a link at the end of the path. */
  lstat(path: string): FileStatus;

  /** Writes into a file that exists, in one write call, without truncating: the way sysfs wants it. EIO when it takes only a part. */
  writeFile(path: string, text: string): void;
  /**
   * Makes a file that must not exist yet, and flushes its contents to the disk. Without `access` it belongs to our user and
   * has the mode that the umask leaves of 0666.
   */
  createFile(path: string, text: string, access?: FileAccess): void;
  /** Replaces the target atomically. */
  rename(from: string, to: string): void;
  /** Flushes a directory to the disk: what was created, renamed or removed in it stays so. */
  syncDirectory(path: string): void;
  /** Makes a directory with the mode that the umask leaves of 0777; its parent must exist. */
  makeDirectory(path: string): void;
  makeLink(target: string, path: string): void;
  /** Removes a file, a link or an empty directory. */
  remove(path: string): void;

  /** Waits for the lock on a directory. Throws ETIMEDOUT. */
  lock(directory: string, seconds: number): Promise<Lock>;
  /**
   * Runs a program to its end. Throws a SystemError if it cannot be started; every other outcome is a value. Whatever it leaves
   * running has a second to close stdout and stderr.
   */
  run(program: Program): Promise<Outcome>;
  /**
   * Does work that SIGHUP, SIGINT and SIGTERM must not interrupt: they end us when it is done. While we wait, in run, lock or
   * sleep, they end us at once, and every program that runs with us.
   */
  uninterrupted<T>(work: () => T): Promise<T>;
  /** From now on these signals do not end us, whatever we do, until they are released. May be nested. */
  holdSignals(): HeldSignals;
  sleep(milliseconds: number): Promise<void>;
  /**
   * Notices changes from the moment on in which this resolves; if it is for a reader of our stdout, also that there is none any more.
   * Throws a SystemError.
   */
  watch(purpose: { readonly isForReader: boolean }): Promise<Watch>;
  /** In milliseconds since 1970, UTC. */
  currentTime(): number;
  randomBytes(count: number): readonly number[];

  /** Writes all of the text to stdout or stderr. */
  write(stream: Stream, text: string): void;
  isTerminal(stream: Stream): boolean;
  /** In columns; 0 where there is no terminal, or one that does not know. */
  terminalWidth(stream: Stream): number;
}

export interface Lock {
  /** Whether the directory that is locked is the one at the path now. */
  isCurrent(): boolean;
  release(): void;
}

/** Looking again is what tells what has changed; a watch tells when to. */
export interface Watch {
  /** Whether the kernel's messages about devices reach us. */
  readonly hearsKernel: boolean;
  /**
   * From now on, it is a change when an entry of the directory is made, written, renamed or removed, or the directory itself; what is
   * below its directories does not count. Harmless where it is watched already.
   */
  watchDirectory(path: string): void;
  /**
   * All changes since the last call, once there are any or the time is over; undefined when the watch is closed. Throws EPIPE as soon
   * as it has no reader.
   */
  next(milliseconds: number): Promise<Changes | undefined>;
  close(): void;
}

export interface Changes {
  readonly inDirectories: boolean;
  /** What the kernel has said about devices: names and values, as in `ACTION` and `add`. */
  readonly messages: readonly ReadonlyMap<string, string>[];
  /** The kernel had more to say than there was room for. */
  readonly areLost: boolean;
}

export interface HeldSignals {
  /** Whether one has arrived: then it is time to come to an end. */
  arePending(): Promise<boolean>;
  /** One that has arrived ends us now. */
  release(): void;
}

export type Stream = "stdout" | "stderr";

export type FileKind = "file" | "directory" | "link" | "other";

export interface FilesBelow {
  /** Of the directory. */
  readonly name: string;
  /** Of the entry itself, even if it is a link. */
  readonly inode: number;
  /** By the names that were asked for. */
  readonly files: Readonly<Record<string, string | SystemError>>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

export interface FileAccess {
  /** Permission bits, as in 0o644; the umask does not apply. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
}

export interface FileStatus extends FileAccess {
  readonly kind: FileKind;
  /** Its number in its file system. */
  readonly inode: number;
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** After this time the program and everything it started are killed. */
  readonly timeoutSeconds: number;
  /** In bytes, for stdout and stderr each; a program that writes more is killed. */
  readonly outputLimit: number;
}

export interface Outcome {
  readonly end: { readonly status: number } | { readonly signal: string } | { readonly exceeded: "time" | "output" };
  /** Undefined when it is not valid UTF-8. */
  readonly stdout: string | undefined;
  /** Invalid UTF-8 is replaced: it is only shown. */
  readonly stderr: string;
}
