// System on QuickJS, for the native executable: the calls of posix/. quickjs-run.ts runs programs; it is loaded for the first
// one.

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

    readFile: (path, limit) => valueOrThrow(posix.readText(path, limit, false), "read", path),
    readFilesBelow: (directory, names, limit) => {
      const failed = (errno: number, path: string) => errorOf(errno, "read", `${directory}/${path}`);
      return valueOrThrow(posix.readFilesBelow(directory, names, failed, limit), "read the directory", directory);
    },
    readInput: (path, limit) => valueOrThrow(posix.readText(path, limit, true), "read", path),
    readStdin: (limit) => valueOrThrow(posix.readStdin(limit), "read", "stdin"),
    readLink: (path) => valueOrThrow(posix.readLink(path), "read the link", path),
    readLinks: (directory, names) =>
      posix.readLinks(directory, names, (errno, name) => errorOf(errno, "read the link", `${directory}/${name}`)),
    readDirectory: (path) => valueOrThrow(posix.readDirectory(path), "read the directory", path),
    stat: (path) => valueOrThrow(posix.stat(path), "look at", path),
    lstat: (path) => valueOrThrow(posix.lstat(path), "look at", path),

    writeFile: (path, text) => numberOrThrow(posix.writeFile(path, text), "write", path),
    createFile: (path, text, access) =>
      numberOrThrow(posix.createFile(path, text, access?.mode, access?.userId, access?.groupId), "create", path),
    rename: (from, to) => numberOrThrow(posix.rename(from, to), "rename to", to),
    syncDirectory: (path) => numberOrThrow(posix.syncDirectory(path), "flush", path),
    makeDirectory: (path) => numberOrThrow(posix.makeDirectory(path), "make the directory", path),
    makeLink: (target, path) => numberOrThrow(posix.makeLink(target, path), "make the link", path),
    remove: (path) => numberOrThrow(posix.remove(path), "remove", path),

    lock: async (directory, seconds) => {
      const held = numberOrThrow(posix.lock(directory, seconds), "lock", directory);
      return {
        isCurrent: () => valueOrThrow(posix.isOpenAt(held, directory), "look at", directory),
        release: () => void posix.close(held),
      };
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
    holdSignals: () => {
      posix.blockSignals(true);
      return { arePending: async () => posix.arePending(), release: () => posix.blockSignals(false) };
    },
    watch: async (purpose) => {
      const { openWatch } = await import("./quickjs-watch.ts");
      return openWatch(purpose, errorOf);
    },
    sleep: async (milliseconds) => (await import("./quickjs-events.ts")).sleep(milliseconds),
    currentTime: posix.currentTime,
    randomBytes: posix.randomBytes,

    write: (stream, text) => void numberOrThrow(posix.write(descriptors[stream], text), "write to", stream),
    isTerminal: (stream) => posix.isTerminal(descriptors[stream]),
    terminalWidth: (stream) => posix.terminalWidth(descriptors[stream]),
  };
}

function spawn(program: Program): posix.Child {
  return valueOrThrow(posix.spawn([program.path, ...program.args]), "run", program.path);
}

/** The result of a call; a number instead is a negative errno. */
function valueOrThrow<T>(result: T | number, operation: string, path: string): T {
  if (typeof result === "number") throw errorOf(result, operation, path);
  return result;
}

function numberOrThrow(result: number, operation: string, path: string): number {
  if (result < 0) throw errorOf(result, operation, path);
  return result;
}

function errorOf(result: number, operation: string, path: string): SystemError {
  return new SystemError(posix.errorName(-result), operation, path);
}
