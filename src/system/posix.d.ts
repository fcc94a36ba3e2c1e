// What the native executable has besides the language: the module `posix` of posix/. A call that fails returns a negative errno.

declare module "posix" {
  import type { DirectoryEntry, FileStatus } from "../system.ts";

  /** A negative errno, or what else the type says when the call succeeded. */
  type Errno = number;

  /** A running program; the numbers are descriptors. */
  export interface Child {
    readonly pid: number;
    /** Becomes readable when the process has ended. */
    readonly ended: number;
    readonly stdin: number;
    readonly stdout: number;
    readonly stderr: number;
  }

  export function readText(path: string, limit: number, pauses: boolean): string | Errno;
  export function readStdin(limit: number): string | Errno;
  /** `failed` makes what is in the place of a text; its path is below the directory. */
  export function readFilesBelow<T>(
    directory: string,
    names: readonly string[],
    failed: (errno: Errno, path: string) => T,
    limit: number,
  ): { name: string; inode: number; files: Record<string, string | T> }[] | Errno;
  /** `failed` makes what is in the place of a target. */
  export function readLinks<T>(
    directory: string,
    names: readonly string[],
    failed: (errno: Errno, name: string) => T,
  ): (string | T)[];
  export function readLink(path: string): string | Errno;
  export function readDirectory(path: string): DirectoryEntry[] | Errno;
  export function stat(path: string): FileStatus | Errno;
  export function lstat(path: string): FileStatus | Errno;
  export function writeFile(path: string, text: string): Errno;
  export function createFile(path: string, text: string, mode?: number, userId?: number, groupId?: number): Errno;
  export function rename(from: string, to: string): Errno;
  export function syncDirectory(path: string): Errno;
  export function makeDirectory(path: string): Errno;
  export function makeLink(target: string, path: string): Errno;
  export function remove(path: string): Errno;
  /** A descriptor: closing it gives the lock back. */
  export function lock(directory: string, seconds: number): number;
  /** Whether the descriptor and the path are of the same file. */
  export function isOpenAt(descriptor: number, path: string): boolean | Errno;
  export function close(descriptor: number): Errno;
  export function write(descriptor: number, text: string): Errno;
  /** The program's path comes before its arguments. */
  export function spawn(args: readonly string[]): Child | Errno;
  /** The status of a program that has ended, as in wait(2), else -1. A signal that ends us no longer concerns it. */
  export function forget(pid: number): number;
  /** Kills the program and everything else in its group. */
  export function killGroup(pid: number): void;
  /** SIGHUP, SIGINT and SIGTERM: what comes while they are blocked ends us when they no longer are. */
  export function blockSignals(blocked: boolean): void;
  export function arePending(): boolean;

  /** The name that the program was called by and its arguments. */
  export function programArguments(): [string, ...string[]];
  export function environment(name: string): string | undefined;
  export function userId(): number;
  export function isTerminal(descriptor: number): boolean;
  export function terminalWidth(descriptor: number): number;
  export function randomBytes(count: number): number[];
  export function exit(status: number): never;

  /** Bytes that programs are given or have written: a queue. */
  interface Bytes {
    readonly bytes: unique symbol;
  }
  /** In UTF-8. */
  export function encode(text: string): Bytes;
  /** Removes all; undefined when it is not UTF-8 and nothing may be replaced. */
  export function takeText(bytes: Bytes, replace: boolean): string | undefined;
  /** Adds what one call reads, and returns how many bytes these are: none at the end. */
  export function readSome(descriptor: number, bytes: Bytes): number;
  /** Removes what one call writes, and returns how many bytes are left. */
  export function writeSome(descriptor: number, bytes: Bytes): number;
  /** Milliseconds of a clock that nobody sets. */
  export function now(): number;
  export function currentTime(): number;
  /**
   * The descriptors that are ready for reading or writing, and those among the others that have nobody at their other end; none when
   * the time is over first. Waits without end for -1.
   */
  export function poll(
    readers: readonly number[],
    writers: readonly number[],
    others: readonly number[],
    milliseconds: number,
  ): number[];
  /** The action is called again and again when nothing else is left to do, until it returns false. */
  export function whenIdle(action: () => boolean): void;
  export function errorName(errno: number): string;

  /** A descriptor, readable when something has changed in a directory that is watched by it. */
  export function openWatch(): number;
  export function watchDirectory(watch: number, path: string): Errno;
  /** A descriptor, readable when the kernel has a message about a device. The room is in bytes. */
  export function openMessages(room: number): number;
  /** With a NUL after each part. Empty if it is not from the kernel. */
  export function takeMessage(messages: number): string | Errno;
}
