// System on QuickJS, for the native executable: calls of posix/. Programs are run by quickjs-run.ts, which is loaded for the
// first one.

import * as posix from "posix";
import type { Program, Stream, System } from "../system.ts";
import { SystemError } from "../system-error.ts";

const descriptors: Record<Stream, number> = { stdout: 1, stderr: 2 };

export function quickjsSystem(): System {
  const [programName, ...args] = posix.programArguments();
  return {
    programName,
    args,
    userId: posix.userId(),
    environment: posix.environment,

    readFile: (path, limit) => given(posix.readText(path, limit, false), "read", path),
    readFilesBelow: (directory, names, limit) => {
      const failed = (errno: number, path: string) => failure(errno, "read", `${directory}/${path}`);
      return given(posix.readFilesBelow(directory, names, failed, limit), "read the directory", directory);
    },
    readInput: (path, limit) => given(posix.readText(path, limit, true), "read", path),
    readLink: (path) => given(posix.readLink(path), "read the link", path),
    readLinks: (directory, names) =>
      posix.readLinks(directory, names, (errno, name) => failure(errno, "read the link", `${directory}/${name}`)),
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
    run: async (program) => {
      const { run } = await import("./quickjs-run.ts");
      return run(program, spawn);
    },
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

function spawn(program: Program): posix.Child {
  return given(posix.spawn([program.path, ...program.args]), "run", program.path);
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
