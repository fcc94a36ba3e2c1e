// Runs programs on QuickJS: feeds their stdin, reads stdout and stderr, and watches for their end, all at once in the event loop
// of its module `os`.

import * as os from "quickjs:os";
import * as posix from "posix";
import type { Outcome, Program } from "../system.ts";

/** How long a program that has ended may hold its pipes open, through what it left running. */
const closingMilliseconds = 1000;

const SIGKILL = 9;

/** `spawn` starts the program, or throws a SystemError. */
export function run(program: Program, spawn: (program: Program) => posix.Child): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program);
    let end: Outcome["end"] | undefined;
    const exceed = (limit: "time" | "output") => {
      if (end === undefined) os.kill(-child.pid, SIGKILL);
      // What an ended program has left running cannot change how it ended.
      end ??= { exceeded: limit };
      finish();
    };
    let timer = os.setTimeout(() => exceed("time"), program.timeoutSeconds * 1000);

    let awaited = 3;
    const arrived = () => {
      awaited--;
      if (awaited === 0) finish();
    };
    const stdin = feed(child.stdin, program.stdin);
    const stdout = collect(child.stdout, program.outputLimit, () => exceed("output"), arrived);
    const stderr = collect(child.stderr, program.outputLimit, () => exceed("output"), arrived);
    const ended = whenReadable(child.ended, () => {
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

/** Numbered from 1; the same on every architecture that has mediated devices. See signal(7). */
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

function descriptorOf(number: number): Descriptor {
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

function whenReadable(number: number, action: () => void): Descriptor {
  os.setReadHandler(number, action);
  return descriptorOf(number);
}

/** Writes the text as fast as the program reads it, until it closes its end. */
function feed(number: number, text: string): Descriptor {
  const pipe = descriptorOf(number);
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
function collect(number: number, limit: number, exceed: () => void, arrived: () => void) {
  let bytes = new ArrayBuffer(4096);
  let size = 0;
  const pipe = whenReadable(number, () => {
    const count = os.read(number, bytes, size, bytes.byteLength - size);
    if (count <= 0) {
      pipe.close();
      arrived();
      return;
    }
    size += count;
    if (size > limit) exceed();
    else if (size === bytes.byteLength) bytes = enlarge(bytes);
  });
  return {
    ...pipe,
    text: () => posix.decode(bytes, size, false),
    replacedText: () => posix.decode(bytes, size, true) ?? "",
  };
}

function enlarge(bytes: ArrayBuffer): ArrayBuffer {
  const larger = new Uint8Array(2 * bytes.byteLength);
  larger.set(new Uint8Array(bytes));
  return larger.buffer;
}
