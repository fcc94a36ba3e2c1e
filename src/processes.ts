// What the processes of the host have open, as /proc shows it.

import { directoryName } from "./paths.ts";
import type { System } from "./system.ts";
import { missing, SystemError } from "./system-error.ts";

/** An open file of a process other than ours. */
export interface OpenFile {
  readonly pid: number;
  /** Its number, as the name of a file in /proc. */
  readonly descriptor: string;
}

export interface Search {
  /** By paths as they were asked for. */
  readonly found: ReadonlyMap<string, readonly OpenFile[]>;
  /** Whether it was all processes that could be looked at: of a path without open files, nobody has it open. */
  readonly complete: boolean;
}

/** Finds who has any of these paths open, in one pass over all processes. */
export function findOpenFiles(system: System, paths: readonly string[]): Search {
  const found = new Map<string, OpenFile[]>(paths.map((path) => [path, []]));
  if (found.size === 0) return { found, complete: true };
  const wanted = new Map(Array.from(found, ([path, files]) => [resolvePath(system, path), files]));
  const complete = eachOpenFile(system, (path, file) => wanted.get(path)?.push(file));
  return { found, complete };
}

/** The same for all that is open below a directory; what nobody has open is not in it. */
export function findOpenFilesBelow(system: System, directory: string): Search {
  const found = new Map<string, OpenFile[]>();
  const prefix = `${resolvePath(system, directory)}/`;
  const complete = eachOpenFile(system, (path, file) => {
    if (!path.startsWith(prefix)) return;
    const asked = `${directory}/${path.slice(prefix.length)}`;
    found.set(asked, [...(found.get(asked) ?? []), file]);
  });
  return { found, complete };
}

/** Calls `use` for every file that a process other than ours has open. Returns whether all processes could be looked at. */
function eachOpenFile(system: System, use: (path: string, file: OpenFile) => void): boolean {
  const self = unlessRefused(() => system.readLink("/proc/self"));
  let complete = isFirstNamespace(system);
  // Where processes are hidden from us, this one is.
  let sawFirst = false;
  for (const { name } of unlessRefused(() => system.readDirectory("/proc")) ?? []) {
    if (!/^\d+$/.test(name) || name === self) continue;
    const directory = `/proc/${name}/fd`;
    try {
      const descriptors = system.readDirectory(directory).map((entry) => entry.name);
      system.readLinks(directory, descriptors).forEach((target, index) => {
        if (typeof target === "string") use(target, { pid: Number(name), descriptor: `${descriptors[index]}` });
        else if (!gone.includes(target.code)) complete = false;
      });
      sawFirst ||= name === "1";
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (!gone.includes(error.code)) complete = false;
    }
  }
  return complete && sawFirst;
}

/** The pids of the process that runs us, of the one that runs that, and so on. */
export function readAncestors(system: System): number[] {
  const pids: number[] = [];
  for (let process = "self"; ; ) {
    // The name of the program, in parentheses, may have any characters in it.
    const status = unlessRefused(() => system.readFile(`/proc/${process}/stat`, 65536)) ?? "";
    const parent = Number(/^ \S (\d+) /.exec(status.slice(status.lastIndexOf(")") + 1))?.[1] ?? 0);
    if (parent === 0 || pids.includes(parent)) return pids;
    pids.push(parent);
    process = String(parent);
  }
}

/** The words of a process' command line; none if they cannot be read. */
export function readCommandLine(system: System, pid: number): string[] {
  // The kernel lets nobody have more arguments than this.
  const text = unlessRefused(() => system.readFile(`/proc/${pid}/cmdline`, 8 * 1024 * 1024)) || undefined;
  return text?.replace(/\0$/, "").split("\0") ?? [];
}

/** The process has ended, or closed the file, since we saw it. */
const gone = [...missing, "ESRCH"];

/** In a container there are processes that /proc does not show. The kernel has a fixed number for the namespace that has all. */
function isFirstNamespace(system: System): boolean {
  return unlessRefused(() => system.readLink("/proc/self/ns/pid")) === "pid:[4026531836]";
}

/** The path as /proc shows it: absolute, and without links. */
function resolvePath(system: System, path: string): string {
  const start = path.startsWith("/") ? "" : (unlessRefused(() => system.readLink("/proc/self/cwd")) ?? "");
  const rest = `${start}/${path}`.split("/");
  let at = "";
  for (let links = 0; rest.length > 0; ) {
    const part = rest.shift() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = directoryName(at);
      continue;
    }
    const target = links < 40 ? unlessRefused(() => system.readLink(`${at}/${part}`)) : undefined;
    if (target === undefined) {
      at = `${at}/${part}`;
      continue;
    }
    links++;
    if (target.startsWith("/")) at = "";
    rest.unshift(...target.split("/"));
  }
  return at;
}

/** Undefined if the operating system refuses, for whatever reason. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
