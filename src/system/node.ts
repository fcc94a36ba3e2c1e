// System on Node.js, the only file besides main.node.ts that knows `node:*`. Failures of Node's calls become SystemErrors here.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import * as fs from "node:fs";
import type { Readable } from "node:stream";
import * as tty from "node:tty";
import type {
  DirectoryEntry,
  FileAccess,
  FileKind,
  FileStatus,
  Lock,
  Outcome,
  Program,
  Stream,
  System,
} from "../system.ts";
import { SystemError } from "../system-error.ts";
import { openWatch } from "./node-watch.ts";
import { readOneByOne } from "./reading.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

const descriptors: Record<Stream, number> = { stdout: 1, stderr: 2 };

/** Without `ownsProcess`, signals are left to whoever else is in the process, and programs that run are not ended by them. */
export function nodeSystem({ ownsProcess }: { readonly ownsProcess: boolean } = { ownsProcess: true }): System {
  const catchSignals = ownsProcess ? endBySignals : () => {};
  return {
    programName: process.argv[1] ?? "mdevctl",
    args: process.argv.slice(2),
    userId: process.geteuid?.() ?? 0,
    environment: (name) => process.env[name],

    readFile,
    readInput: (path, limit) => attempt("read", path, () => readText(path, limit, false)),
    readStdin: (limit) => attempt("read", "stdin", () => readOpen(0, limit, false)),
    readLink,
    readDirectory,
    ...readOneByOne({ readDirectory, readFile, readLink, lstat }),
    stat: (path) => attempt("look at", path, () => statusOf(fs.statSync(path))),
    lstat,

    writeFile: (path, text) =>
      attempt("write", path, () =>
        withFile(path, O_WRONLY, (file) => {
          const bytes = Buffer.from(text);
          if (fs.writeSync(file, bytes) < bytes.length) refuse("EIO");
        }),
      ),
    createFile: (path, text, access) => attempt("create", path, () => createFile(path, text, access)),
    rename: (from, to) => attempt("rename to", to, () => fs.renameSync(from, to)),
    syncDirectory: (path) =>
      attempt("flush", path, () => withFile(path, O_DIRECTORY, (directory) => fs.fsyncSync(directory))),
    makeDirectory: (path) => attempt("make the directory", path, () => fs.mkdirSync(path)),
    makeLink: (target, path) => attempt("make the link", path, () => fs.symlinkSync(target, path)),
    remove: (path) =>
      attempt("remove", path, () => {
        if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
        else fs.unlinkSync(path);
      }),

    lock: (directory, seconds) => {
      catchSignals();
      return lock(directory, seconds);
    },
    run: (program) => {
      catchSignals();
      return run(program);
    },
    uninterrupted: async (work) => {
      catchSignals();
      const result = work();
      await handleSignals();
      return result;
    },
    holdSignals: () => {
      catchSignals();
      holds++;
      return { arePending, release };
    },
    watch: (purpose) => {
      catchSignals();
      return openWatch(purpose, { attempt, launch });
    },
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    currentTime: () => Date.now(),
    randomBytes: (count) => [...crypto.getRandomValues(new Uint8Array(count))],

    write: (stream, text) => attempt("write to", stream, () => writeAll(descriptors[stream], Buffer.from(text))),
    isTerminal: (stream) => tty.isatty(descriptors[stream]),
    // Only a terminal's stream has columns.
    terminalWidth: (stream) => (tty.isatty(descriptors[stream]) ? (process[stream].columns ?? 0) : 0),
  };
}

function readDirectory(path: string): DirectoryEntry[] {
  const entries = attempt("read the directory", path, () => fs.readdirSync(path, { withFileTypes: true }));
  return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
}

function lstat(path: string): FileStatus {
  return attempt("look at", path, () => statusOf(fs.lstatSync(path)));
}

function readLink(path: string): string {
  return attempt("read the link", path, () => fs.readlinkSync(path));
}

function readFile(path: string, limit: number): string {
  return attempt("read", path, () => readText(path, limit, true));
}

function attempt<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw translateError(error, operation, path);
  }
}

function translateError(error: unknown, operation: string, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  // Node refuses a path with a NUL itself; the kernel could never have such a file.
  const code = error.code === "ERR_INVALID_ARG_VALUE" ? "ENOENT" : error.code;
  const name = "errno" in error && typeof error.errno === "number" ? errorNames[-error.errno] : undefined;
  return new SystemError(name ?? code, operation, path);
}

/** Those that Node has no name for, or another one; the numbers are Linux's. */
const errorNames: Readonly<Record<number, string>> = {
  8: "ENOEXEC",
  37: "ENOLCK",
  87: "EUSERS",
  95: "EOPNOTSUPP",
  116: "ESTALE",
  117: "EUCLEAN",
  122: "EDQUOT",
};

function refuse(code: string): never {
  throw Object.assign(new Error(code), { code });
}

function withFile<T>(path: string, flags: number, action: (file: number) => T, mode?: number): T {
  const file = fs.openSync(path, flags, mode);
  try {
    return action(file);
  } finally {
    close(file);
  }
}

/** Failing to close a file does not undo what was done with it. */
function close(file: number): void {
  try {
    fs.closeSync(file);
  } catch {
    // The descriptor is free all the same; see close(2).
  }
}

// One buffer for all files. A regular file costs three system calls: open, read, close.
const buffer = Buffer.allocUnsafe(64 * 1024);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(path: string, limit: number, shortReadEnds: boolean): string {
  const flags = shortReadEnds ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_RDONLY | O_NOCTTY;
  return withFile(path, flags, (file) => readOpen(file, limit, shortReadEnds));
}

function readOpen(file: number, limit: number, shortReadEnds: boolean): string {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const count = shortReadEnds ? fs.readSync(file, buffer) : untilReady(() => fs.readSync(file, buffer));
    total += count;
    if (total > limit) refuse("EFBIG");
    chunks.push(Buffer.from(buffer.subarray(0, count)));
    if (count === 0 || (shortReadEnds && count < buffer.length)) return decodeText(chunks) ?? refuse("EILSEQ");
  }
}

/** A terminal or pipe that another process has made non-blocking: wait for room, or for more. */
function untilReady(action: () => number): number {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function createFile(path: string, text: string, access: FileAccess | undefined): void {
  const write = (file: number) => {
    writeAll(file, Buffer.from(text));
    if (access !== undefined) {
      fs.fchownSync(file, access.userId, access.groupId);
      fs.fchmodSync(file, access.mode);
    }
    fs.fsyncSync(file);
  };
  // Until then, nobody may read it who could not read the file that it replaces.
  withFile(path, O_WRONLY | O_CREAT | O_EXCL, write, access === undefined ? 0o666 : 0o600);
}

function writeAll(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += untilReady(() => fs.writeSync(file, bytes, written));
}

function statusOf(status: fs.Stats): FileStatus {
  const { ino: inode, uid: userId, gid: groupId } = status;
  return { kind: kindOf(status), inode, mode: status.mode & 0o7777, userId, groupId };
}

function kindOf(entry: fs.Dirent | fs.Stats): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/** Never found by PATH: under sudo(8) that may still be the user's. */
const lockers = ["/usr/bin/flock", "/bin/flock"] as const;

/** The exit status for flock(1) to use when it has waited for too long. */
const timedOut = 75;

/**
 * flock(1) locks the open directory that it shares with us, so the lock is ours until we close it. Nothing on the disk can
 * go stale.
 */
function lock(directory: string, seconds: number): Promise<Lock> {
  return new Promise((resolve, reject) => {
    const held = attempt("lock", directory, () => fs.openSync(directory, O_RDONLY | O_DIRECTORY));
    const args = ["--exclusive", "--wait", String(seconds), "--conflict-exit-code", String(timedOut), "3"];
    const path = lockers.find((each) => fs.existsSync(each)) ?? lockers[0];
    const locker = launch(path, args, ["ignore", "ignore", "ignore", held]);
    const fail = (error: unknown) => {
      close(held);
      reject(error);
    };
    locker.on("error", (error) => fail(translateError(error, "run", path)));
    locker.on("exit", (status) => {
      if (status === 0) resolve({ isCurrent: () => isOpenAt(held, directory), release: () => close(held) });
      else fail(new SystemError(status === timedOut ? "ETIMEDOUT" : "ENOLCK", "lock", directory));
    });
  });
}

function isOpenAt(file: number, path: string): boolean {
  return attempt("look at", path, () => {
    // Inodes can be larger than what numbers hold.
    const [open, there] = [fs.fstatSync(file, { bigint: true }), fs.statSync(path, { bigint: true })];
    return open.dev === there.dev && open.ino === there.ino;
  });
}

/** How long a program that has ended may hold its pipes open, through what it left running. */
const closingMilliseconds = 1000;

function run(program: Program): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    attempt("run", program.path, () => ensureExecutable(program.path));
    const child = launch(program.path, program.args, ["pipe", "pipe", "pipe"]);
    child.on("error", (error) => reject(translateError(error, "run", program.path)));
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null || child.pid === undefined) return;

    let end: Outcome["end"] | undefined;
    const exceed = (limit: "time" | "output") => {
      if (end === undefined) killGroup(child.pid);
      // What an ended program has left running cannot change how it ended.
      end ??= { exceeded: limit };
      finish();
    };
    const output = collect(stdout, program.outputLimit, () => exceed("output"));
    const messages = collect(stderr, program.outputLimit, () => exceed("output"));
    let timer = setTimeout(() => exceed("time"), program.timeoutSeconds * 1000);
    function finish(): void {
      clearTimeout(timer);
      for (const stream of [stdin, stdout, stderr]) stream?.destroy();
      // It may be beyond the reach of a signal, deep in a driver.
      child.unref();
      if (end !== undefined) resolve({ end, stdout: decodeText(output), stderr: Buffer.concat(messages).toString() });
    }
    // A program may close its stdin early; what it did with it shows in how it ends.
    stdin.on("error", () => {});
    stdin.end(program.stdin);

    child.on("exit", (status, signal) => {
      end ??= signal === null ? { status: status ?? 0 } : { signal };
      clearTimeout(timer);
      timer = setTimeout(finish, closingMilliseconds);
    });
    child.on("close", finish);
  });
}

/** Collects a stream's output until it exceeds the limit. */
function collect(stream: Readable, limit: number, exceed: () => void): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let total = 0;
  stream.on("data", (chunk: Buffer) => {
    total += chunk.length;
    if (total > limit) exceed();
    else chunks.push(chunk);
  });
  return chunks;
}

/** The programs that run, each the leader of a process group. */
const running = new Set<ChildProcess>();

/** In a process group of its own, so that everything it starts can be killed with it. */
function launch(path: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
  const child = attempt("run", path, () => spawn(path, args, { stdio, detached: true }));
  running.add(child);
  child.on("exit", () => running.delete(child));
  return child;
}

const signals: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** From now on a signal is handled in the event loop, never in the middle of anything. */
function endBySignals(): void {
  for (const signal of signals) if (process.listenerCount(signal) === 0) process.on(signal, endBy);
}

let holds = 0;
/** The first one that has arrived while they were held. */
let held: NodeJS.Signals | undefined;

/** A signal that has arrived waits in the event loop, which looks for it between two immediates. */
function handleSignals(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

async function arePending(): Promise<boolean> {
  await handleSignals();
  return held !== undefined;
}

function release(): void {
  holds--;
  if (holds === 0 && held !== undefined) endBy(held);
}

/** Ends as the signal would have ended us, and leaves no program running. */
function endBy(signal: NodeJS.Signals): void {
  if (holds > 0) {
    held ??= signal;
    return;
  }
  for (const child of running) killGroup(child.pid);
  for (const each of signals) process.off(each, endBy);
  process.kill(process.pid, signal);
}

/** libuv would hand a file without `#!` to the shell; the kernel and everyone else refuse it. */
function ensureExecutable(path: string): void {
  fs.accessSync(path, fs.constants.X_OK);
  if (!fs.statSync(path).isFile()) refuse("EACCES");
  const start = withFile(path, O_RDONLY, (file) => {
    const magic = Buffer.alloc(4);
    return magic.toString("latin1", 0, fs.readSync(file, magic));
  });
  if (!start.startsWith("#!") && start !== "\x7fELF") refuse("ENOEXEC");
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}

function decodeText(chunks: readonly Buffer[]): string | undefined {
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}
