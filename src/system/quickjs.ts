// System on QuickJS, for the native executable. Files and processes are calls of posix.c; what waits for a program goes through
// the event loop of QuickJS's `os`, which is loaded when the first program runs.

import * as posix from "posix";
import { type Outcome, type Program, type Stream, type System, SystemError } from "../system.ts";

type Os = typeof import("os");

const descriptors: Record<Stream, number> = { stdout: 1, stderr: 2 };

export function quickjsSystem(): System {
  const [programName, ...args] = scriptArgs;
  return {
    programName,
    args,
    userId: posix.userId(),
    environment: posix.environment,

    readFile: (path, limit) => given(posix.readText(path, limit, false), "read", path),
    readInput: (path, limit) => given(posix.readText(path, limit, true), "read", path),
    readLink: (path) => given(posix.readLink(path), "read the link", path),
    readDirectory: (path) => given(posix.readDirectory(path), "read the directory", path),
    stat: (path) => given(posix.stat(path), "look at", path),
    lstat: (path) => given(posix.lstat(path), "look at", path),

    writeFile: (path, text) => done(posix.writeFile(path, text), "write", path),
    createFile: (path, text, access) =>
      done(posix.createFile(path, text, access?.mode, access?.userId, access?.groupId), "create", path),
    rename: (from, to) => done(posix.rename(from, to), "rename to", to),
    syncDirectory: (path) => done(posix.syncDirectory(path), "flush", path),
    makeDirectory: (path) => done(posix.makeDirectory(path), "make the directory", path),
    makeLink: (target, path) => done(posix.makeLink(target, path), "make the link", path),
    remove: (path) => done(posix.remove(path), "remove", path),

    lock: async (directory, seconds) => {
      const held = done(posix.lock(directory, seconds), "lock", directory);
      return () => void posix.close(held);
    },
    run,
    uninterrupted: async (work) => work(),
    sleep: async (milliseconds) => (await posix.loadOs()).sleepAsync(milliseconds),
    randomBytes: posix.randomBytes,

    write: (stream, text) => void done(posix.write(descriptors[stream], text), "write to", stream),
    isTerminal: (stream) => posix.isTerminal(descriptors[stream]),
  };
}

/** The result of a call, unless it is the number that says why it failed. */
function given<T>(result: T | number, operation: string, path: string): T {
  if (typeof result === "number") throw failure(result, operation, path);
  return result;
}

function done(result: number, operation: string, path: string): number {
  if (result < 0) throw failure(result, operation, path);
  return result;
}

function failure(result: number, operation: string, path: string): SystemError {
  return new SystemError(posix.errorName(-result), operation, path);
}

/** From 1 on; the same on every machine that has mediated devices. See signal(7). */
const signals = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
  "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");
const numberOf = (signal: string) => signals.indexOf(signal) + 1;

const running = new Set<number>();

async function run(program: Program): Promise<Outcome> {
  const os = await posix.loadOs();
  const child = given(posix.spawn([program.path, ...program.args]), "run", program.path);
  running.add(child.pid);
  if (running.size === 1) interruptible(os, true);

  let exceeded: "time" | "output" | undefined;
  const stop = (reason: "time" | "output") => {
    exceeded ??= reason;
    killGroup(os, child.pid);
    // A descendant that has left the process group may hold them open for as long as it likes.
    stdout.close();
    stderr.close();
  };
  const stdin = feed(os, child.stdin, program.stdin);
  const stdout = collect(os, child.stdout, program.outputLimit, () => stop("output"));
  const stderr = collect(os, child.stderr, program.outputLimit, () => stop("output"));
  const ended = watch(os, child.ended);
  const timer = os.setTimeout(() => stop("time"), program.timeoutSeconds * 1000);

  await Promise.all([stdout.closed, stderr.closed, ended]);
  os.clearTimeout(timer);
  // It may have ended without reading all.
  stdin.close();
  // Only now, so that until here the process's number could not become another's.
  const [, status] = os.waitpid(child.pid, 0);
  running.delete(child.pid);
  if (running.size === 0) interruptible(os, false);
  return {
    end: exceeded === undefined ? endOf(status) : { exceeded },
    stdout: stdout.text({ replace: false }),
    stderr: stderr.text({ replace: true }) ?? "",
  };
}

/** See wait(2) for the bits. */
function endOf(status: number): Outcome["end"] {
  const signal = status & 0x7f;
  return signal === 0 ? { status: status >> 8 } : { signal: `SIG${signals[signal - 1] ?? signal}` };
}

function killGroup(os: Os, pid: number): void {
  os.kill(-pid, numberOf("KILL"));
}

/** A signal that ends us must end the programs too: they are in process groups of their own. */
function interruptible(os: Os, by: boolean): void {
  for (const signal of ["HUP", "INT", "TERM"].map(numberOf)) {
    const end = () => {
      for (const pid of running) killGroup(os, pid);
      os.signal(signal, null);
      os.kill(os.getpid(), signal);
    };
    os.signal(signal, by ? end : null);
  }
}

interface Pipe {
  readonly closed: Promise<void>;
  close(): void;
}

/** Our end of a pipe. */
function pipe(os: Os, descriptor: number): Pipe {
  let open = true;
  let resolve: () => void;
  const closed = new Promise<void>((done) => {
    resolve = done;
  });
  const close = () => {
    if (!open) return;
    open = false;
    os.setReadHandler(descriptor, null);
    os.setWriteHandler(descriptor, null);
    posix.close(descriptor);
    resolve();
  };
  return { closed, close };
}

/** Writes the text as fast as the program reads it, until it does not want any more. */
function feed(os: Os, descriptor: number, text: string): Pipe {
  const end = pipe(os, descriptor);
  const bytes = posix.encode(text);
  let written = 0;
  const proceed = () => {
    if (written < bytes.byteLength) {
      const count = os.write(descriptor, bytes, written, bytes.byteLength - written);
      if (count < 0 && posix.errorName(-count) !== "EAGAIN") written = bytes.byteLength;
      if (count > 0) written += count;
    }
    if (written === bytes.byteLength) end.close();
  };
  os.setWriteHandler(descriptor, proceed);
  proceed();
  return end;
}

/** Reads until the program closes its end, or calls `exceed` when it gives more than `limit` bytes. */
function collect(os: Os, descriptor: number, limit: number, exceed: () => void) {
  const end = pipe(os, descriptor);
  let bytes = new ArrayBuffer(4096);
  let size = 0;
  os.setReadHandler(descriptor, () => {
    const count = os.read(descriptor, bytes, size, bytes.byteLength - size);
    if (count <= 0) return end.close();
    size += count;
    if (size > limit) exceed();
    else if (size === bytes.byteLength) bytes = doubled(bytes);
  });
  return { ...end, text: ({ replace }: { replace: boolean }) => posix.decode(bytes, size, replace) };
}

function doubled(bytes: ArrayBuffer): ArrayBuffer {
  const larger = new Uint8Array(2 * bytes.byteLength);
  larger.set(new Uint8Array(bytes));
  return larger.buffer;
}

function watch(os: Os, descriptor: number): Promise<void> {
  const end = pipe(os, descriptor);
  os.setReadHandler(descriptor, end.close);
  return end.closed;
}
