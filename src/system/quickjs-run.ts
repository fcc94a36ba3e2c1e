// Runs programs on QuickJS: feeds their stdin, reads stdout and stderr, and watches for their end, all at once in the event
// loop.

import * as posix from "posix";
import type { Outcome, Program } from "../system.ts";
import { startTimer, stopTimer, stopWatching, whenReadable, whenWritable } from "./quickjs-events.ts";

/** How long a program that has ended may hold its pipes open, through what it left running. */
const closingMilliseconds = 1000;

/** `spawn` starts the program, or throws a SystemError. */
export function run(program: Program, spawn: (program: Program) => posix.Child): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program);
    let end: Outcome["end"] | undefined;
    const exceed = (limit: "time" | "output") => {
      if (end === undefined) posix.killGroup(child.pid);
      // What an ended program has left running cannot change how it ended.
      end ??= { exceeded: limit };
      finish();
    };
    let timer = startTimer(program.timeoutSeconds * 1000, () => exceed("time"));

    let awaited = 3;
    const arrived = () => {
      awaited--;
      if (awaited === 0) finish();
    };
    const stdin = feed(child.stdin, program.stdin);
    const stdout = collect(child.stdout, program.outputLimit, () => exceed("output"), arrived);
    const stderr = collect(child.stderr, program.outputLimit, () => exceed("output"), arrived);
    const ended = descriptorOf(child.ended);
    whenReadable(child.ended, () => {
      ended.close();
      end ??= endOf(posix.forget(child.pid));
      stopTimer(timer);
      timer = startTimer(closingMilliseconds, finish);
      arrived();
    });

    function finish(): void {
      stopTimer(timer);
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
      stopWatching(number);
      posix.close(number);
    },
  };
}

/** Writes the text as fast as the program reads it, until it closes its end. */
function feed(number: number, text: string): Descriptor {
  const pipe = descriptorOf(number);
  const bytes = posix.encode(text);
  const proceed = () => {
    const left = posix.writeSome(number, bytes);
    if (left === 0 || (left < 0 && posix.errorName(-left) !== "EAGAIN")) pipe.close();
  };
  whenWritable(number, proceed);
  proceed();
  return pipe;
}

/** Reads until the program closes its end, or until it has given more than `limit` bytes. */
function collect(number: number, limit: number, exceed: () => void, arrived: () => void) {
  const bytes = posix.encode("");
  const pipe = descriptorOf(number);
  let size = 0;
  whenReadable(number, () => {
    const count = posix.readSome(number, bytes);
    if (count <= 0) {
      pipe.close();
      arrived();
      return;
    }
    size += count;
    if (size > limit) exceed();
  });
  return {
    ...pipe,
    text: () => posix.takeText(bytes, false),
    replacedText: () => posix.takeText(bytes, true) ?? "",
  };
}
