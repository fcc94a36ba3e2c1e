// System on Node.js, the only file that knows `node:*`. Failures of Node's calls become SystemErrors here.

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as tty from "node:tty";
import {
  type DirectoryEntry,
  type FileAccess,
  type FileKind,
  type FileStatus,
  type Outcome,
  type Program,
  type Stream,
  type System,
  SystemError,
} from "../system.ts";

const descriptors: Record<Stream, number> = { stdout: 1, stderr: 2 };

export function nodeSystem(): System {
  return {
    programName: process.argv[1] ?? "mdevctl",
    args: process.argv.slice(2),
    userId: process.geteuid?.() ?? 0,
    environment: (name) => process.env[name],

    readFile: (path, limit) => checked("read", path, () => readText(path, limit, true)),
    readInput: (path, limit) => checked("read", path, () => readText(path, limit, false)),
    readLink: (path) => checked("read the link", path, () => fs.readlinkSync(path)),
    readDirectory: (path) =>
      checked("read the directory", path, () =>
        fs
          .readdirSync(path, { withFileTypes: true })
          .map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) })),
      ),
    stat: (path) => checked("look at", path, () => statusOf(fs.statSync(path))),
    lstat: (path) => checked("look at", path, () => statusOf(fs.lstatSync(path))),

    writeFile: (path, text) =>
      checked("write", path, () => withFile(path, fs.constants.O_WRONLY, (file) => void fs.writeSync(file, text))),
    createFile: (path, text, access) => checked("create", path, () => createFile(path, text, access)),
    rename: (from, to) => checked("rename to", to, () => fs.renameSync(from, to)),
    syncDirectory: (path) =>
      checked("flush", path, () => withFile(path, fs.constants.O_RDONLY, (directory) => fs.fsyncSync(directory))),
    makeDirectory: (path) => checked("make the directory", path, () => fs.mkdirSync(path)),
    makeLink: (target, path) => checked("make the link", path, () => fs.symlinkSync(target, path)),
    remove: (path) =>
      checked("remove", path, () => {
        if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
        else fs.unlinkSync(path);
      }),

    lock,
    run,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),

    write: (stream, text) => checked("write to", stream, () => writeAll(descriptors[stream], Buffer.from(text))),
    isTerminal: (stream) => tty.isatty(descriptors[stream]),
  };
}

function checked<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw translated(error, operation, path);
  }
}

function translated(error: unknown, operation: string, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  // Node refuses a path with a NUL itself; the kernel could never have such a file.
  const code = error.code === "ERR_INVALID_ARG_VALUE" ? "ENOENT" : error.code;
  return new SystemError(code, operation, path);
}

function refuse(code: string): never {
  throw Object.assign(new Error(code), { code });
}

function withFile<T>(path: string, flags: number, action: (file: number) => T): T {
  const file = fs.openSync(path, flags);
  try {
    return action(file);
  } finally {
    fs.closeSync(file);
  }
}

// One buffer for all files. A regular file costs three system calls: open, read, close.
const buffer = Buffer.allocUnsafe(64 * 1024);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(path: string, limit: number, shortReadEnds: boolean): string {
  const chunks: Buffer[] = [];
  withFile(path, fs.constants.O_RDONLY, (file) => {
    let total = 0;
    for (;;) {
      const count = fs.readSync(file, buffer);
      if (count === 0) return;
      total += count;
      if (total > limit) refuse("EFBIG");
      chunks.push(Buffer.from(buffer.subarray(0, count)));
      if (shortReadEnds && count < buffer.length) return;
    }
  });
  return decoded(chunks) ?? refuse("EILSEQ");
}

function createFile(path: string, text: string, access: FileAccess | undefined): void {
  const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
  withFile(path, O_WRONLY | O_CREAT | O_EXCL, (file) => {
    writeAll(file, Buffer.from(text));
    if (access !== undefined) {
      fs.fchownSync(file, access.userId, access.groupId);
      fs.fchmodSync(file, access.mode);
    }
    fs.fsyncSync(file);
  });
}

function writeAll(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(file, bytes, written);
    } catch (error) {
      // A terminal or pipe that another process has made non-blocking: wait for room.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function statusOf(status: fs.Stats): FileStatus {
  return { kind: kindOf(status), mode: status.mode & 0o7777, userId: status.uid, groupId: status.gid };
}

function kindOf(entry: fs.Dirent | fs.Stats): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/**
 * flock(1) locks the open directory that it shares with us, so the lock is ours until we close it. Nothing on the disk can
 * go stale.
 */
function lock(directory: string, seconds: number): Promise<() => void> {
  const held = checked("lock", directory, () => fs.openSync(directory, fs.constants.O_RDONLY));
  return new Promise((resolve, reject) => {
    const locker = spawn("flock", ["--exclusive", "--wait", String(seconds), "3"], {
      stdio: ["ignore", "ignore", "ignore", held],
    });
    const fail = (error: unknown) => {
      fs.closeSync(held);
      reject(error);
    };
    locker.on("error", (error) => fail(translated(error, "run", "flock")));
    locker.on("exit", (status) => {
      if (status === 0) resolve(() => fs.closeSync(held));
      else fail(new SystemError("ETIMEDOUT", "lock", directory));
    });
  });
}

function run(program: Program): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    try {
      ensureExecutable(program.path);
    } catch (error) {
      reject(translated(error, "run", program.path));
      return;
    }
    // A process group of its own, so that everything the program started can be stopped with it.
    const child = spawn(program.path, program.args, { stdio: "pipe", detached: true });
    let exceeded: "time" | "output" | undefined;
    const stop = (reason: "time" | "output") => {
      exceeded ??= reason;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => stop("time"), program.timeoutSeconds * 1000);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    for (const [stream, chunks] of [
      [child.stdout, stdout],
      [child.stderr, stderr],
    ] as const) {
      let total = 0;
      stream.on("data", (chunk: Buffer) => {
        total += chunk.length;
        if (total > program.outputLimit) stop("output");
        else chunks.push(chunk);
      });
    }
    // A program may close its stdin early; what it did with it shows in how it ends.
    child.stdin.on("error", () => {});
    child.stdin.end(program.stdin);

    child.on("error", (error) => {
      clearTimeout(timer);
      reject(translated(error, "run", program.path));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({
        end: exceeded !== undefined ? { exceeded } : signal !== null ? { signal } : { status: status ?? 0 },
        stdout: decoded(stdout),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** libuv would hand a file without `#!` to the shell; the kernel and everyone else refuse it. */
function ensureExecutable(path: string): void {
  fs.accessSync(path, fs.constants.X_OK);
  const start = withFile(path, fs.constants.O_RDONLY, (file) => {
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

function decoded(chunks: readonly Buffer[]): string | undefined {
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}
