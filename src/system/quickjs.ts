// System on QuickJS, for the native executable. Files and processes are calls of posix.c; what waits for a program goes through
// the event loop of QuickJS's `os`, which is loaded when the first program runs.

import * as posix from "posix";
import { type Outcome, type Program, type Stream, type System, SystemError } from "../system.ts";

type Os = typeof import("quickjs:os");

const descriptors: Record<Stream, number> = { stdout: 1, stderr: 2 };

export function quickjsSystem(): System {
  const [programName, ...args] = posix.programArguments();
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
    uninterrupted: async (work) => {
      posix.blockSignals(true);
      try {
        return work();
      } finally {
        posix.blockSignals(false);
      }
    },
    sleep: async (milliseconds) => (await import("quickjs:os")).sleepAsync(milliseconds),
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

/** Who has ended has so long to get the rest of its output to us, unless other programs hold the pipes open. */
const closingMilliseconds = 1000;

const SIGKILL = 9;

async function run(program: Program): Promise<Outcome> {
  const os = await import("quickjs:os");
  const child = given(posix.spawn([program.path, ...program.args]), "run", program.path);
  return new Promise((resolve) => {
    let end: Outcome["end"] | undefined;
    const exceed = (limit: "time" | "output") => {
      if (end === undefined) os.kill(-child.pid, SIGKILL);
      end = { exceeded: limit };
      finish();
    };
    let timer = os.setTimeout(() => exceed("time"), program.timeoutSeconds * 1000);

    let awaited = 3;
    const arrived = () => {
      awaited--;
      if (awaited === 0) finish();
    };
    const stdin = feed(os, child.stdin, program.stdin);
    const stdout = collect(os, child.stdout, program.outputLimit, () => exceed("output"), arrived);
    const stderr = collect(os, child.stderr, program.outputLimit, () => exceed("output"), arrived);
    const ended = whenReadable(os, child.ended, () => {
      ended.close();
      end ??= endOf(posix.forget(child.pid));
      os.clearTimeout(timer);
      timer = os.setTimeout(finish, closingMilliseconds);
      arrived();
    });

    function finish(): void {
      os.clearTimeout(timer);
      for (const pipe of [stdin, stdout, stderr, ended]) pipe.close();
      // Not waited for: it may be beyond the reach of a signal, deep in a driver.
      posix.forget(child.pid);
      if (end !== undefined) resolve({ end, stdout: stdout.text(), stderr: stderr.replacedText() });
    }
  });
}

/** From 1 on; the same on every machine that has mediated devices. See signal(7). */
const signals =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
  "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/** See wait(2) for the bits. */
function endOf(status: number): Outcome["end"] {
  const signal = status & 0x7f;
  return signal === 0 ? { status: status >> 8 } : { signal: `SIG${signals.split(" ")[signal - 1] ?? signal}` };
}

interface Descriptor {
  close(): void;
}

function descriptorOf(os: Os, number: number): Descriptor {
  let open = true;
  return {
    close() {
      if (!open) return;
      open = false;
      os.setReadHandler(number, null);
      os.setWriteHandler(number, null);
      posix.close(number);
    },
  };
}

function whenReadable(os: Os, number: number, action: () => void): Descriptor {
  os.setReadHandler(number, action);
  return descriptorOf(os, number);
}

/** Writes the text as fast as the program reads it, until it does not want any more. */
function feed(os: Os, number: number, text: string): Descriptor {
  const pipe = descriptorOf(os, number);
  const bytes = posix.encode(text);
  let written = 0;
  const proceed = () => {
    const count = os.write(number, bytes, written, bytes.byteLength - written);
    if (count >= 0) written += count;
    else if (posix.errorName(-count) !== "EAGAIN") written = bytes.byteLength;
    if (written === bytes.byteLength) pipe.close();
  };
  os.setWriteHandler(number, proceed);
  proceed();
  return pipe;
}

/** Reads until the program closes its end, or until it has given more than `limit` bytes. */
function collect(os: Os, number: number, limit: number, exceed: () => void, arrived: () => void) {
  let bytes = new ArrayBuffer(4096);
  let size = 0;
  const pipe = whenReadable(os, number, () => {
    const count = os.read(number, bytes, size, bytes.byteLength - size);
    if (count <= 0) {
      pipe.close();
      arrived();
      return;
    }
    size += count;
    if (size > limit) exceed();
    else if (size === bytes.byteLength) bytes = doubled(bytes);
  });
  return {
    ...pipe,
    text: () => posix.decode(bytes, size, false),
    replacedText: () => posix.decode(bytes, size, true) ?? "",
  };
}

function doubled(bytes: ArrayBuffer): ArrayBuffer {
  const larger = new Uint8Array(2 * bytes.byteLength);
  larger.set(new Uint8Array(bytes));
  return larger.buffer;
}
