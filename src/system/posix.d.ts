// What the native executable has besides the language: the module `posix` of posix/, and what we use of QuickJS's own `os`. A
// call that fails returns a negative errno.

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
  /** `failed` makes what is in the place of a text; its path is below the directory. */
  export function readFilesBelow<T>(
    directory: string,
    names: readonly string[],
    failed: (errno: Errno, path: string) => T,
    limit: number,
  ): { name: string; files: Record<string, string | T> }[] | Errno;
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
  export function close(descriptor: number): Errno;
  export function write(descriptor: number, text: string): Errno;
  /** The program's path comes before its arguments. */
  export function spawn(args: readonly string[]): Child | Errno;
  /** The status of a program that has ended, as in wait(2), else -1. A signal that ends us no longer concerns it. */
  export function forget(pid: number): number;
  /** SIGHUP, SIGINT and SIGTERM: what comes while they are blocked ends us when they no longer are. */
  export function blockSignals(blocked: boolean): void;

  /** The name that the program was called by and its arguments. */
  export function programArguments(): [string, ...string[]];
  export function environment(name: string): string | undefined;
  export function userId(): number;
  export function isTerminal(descriptor: number): boolean;
  export function randomBytes(count: number): number[];
  export function exit(status: number): never;

  /** Undefined when it is not UTF-8 and nothing may be replaced. */
  export function decode(bytes: ArrayBuffer, length: number, replace: boolean): string | undefined;
  export function encode(text: string): ArrayBuffer;
  export function errorName(errno: number): string;
}

declare module "quickjs:os" {
  interface Timer {
    readonly timer: unique symbol;
  }
  type Callback = () => void;

  export function read(descriptor: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function write(descriptor: number, buffer: ArrayBuffer, offset: number, length: number): number;
  /** Null takes the handler away. */
  export function setReadHandler(descriptor: number, handler: Callback | null): void;
  export function setWriteHandler(descriptor: number, handler: Callback | null): void;
  export function setTimeout(handler: Callback, milliseconds: number): Timer;
  export function clearTimeout(timer: Timer): void;
  export function sleepAsync(milliseconds: number): Promise<void>;
  export function kill(pid: number, signal: number): number;
}
