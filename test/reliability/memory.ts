// A System in memory, for tens of thousands of runs of mdevctl in this process: a file system that behaves like the
// kernel's, with links, directories and errors, and records every path that is looked up. Its programs end as a test
// says.

import { writeTree } from "../../src/sandbox/tree.ts";
import { readOneByOne } from "../../src/system/reading.ts";
import type { DirectoryEntry, FileKind, FileStatus, Outcome, Program, System } from "../../src/system.ts";
import { missing, SystemError, unless } from "../../src/system-error.ts";

type Node =
  | { readonly kind: "file"; text: string }
  | { readonly kind: "directory"; readonly entries: Map<string, Node> }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "other" };

type Directory = Extract<Node, { kind: "directory" }>;

export interface Run {
  readonly args: readonly string[];
  readonly programName?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly program?: (program: Program) => Outcome;
  readonly stdin?: string;
}

/** Who goes on until a signal comes does so for as long as this. */
const signalMilliseconds = 20_000;

export class Memory {
  /** Paths where something was created, changed or removed, with links resolved. */
  readonly changed = new Set<string>();
  /** Paths that were looked up, with links resolved as far as they lead. */
  readonly seen = new Set<string>();
  private randoms = 0;
  output = { stdout: "", stderr: "" };

  constructor(private readonly root: Directory = directory()) {}

  copy(): Memory {
    return new Memory(copyOf(this.root));
  }

  /** The texts of all files below a path, and the targets of links; undefined for directories. */
  tree(path: string): Record<string, string | undefined> {
    const found: Record<string, string | undefined> = {};
    const walk = (at: string, node: Node): void => {
      found[at] = node.kind === "file" ? node.text : node.kind === "link" ? `-> ${node.target}` : undefined;
      if (node.kind === "directory") for (const [name, entry] of node.entries) walk(`${at}/${name}`, entry);
    };
    walk(path, this.find("look at", path));
    return found;
  }

  /** Puts a file there, with the directories that it needs. */
  put(path: string, text: string): void {
    const system = this.system({ args: [] });
    unless(missing, () => system.remove(path));
    writeTree(system, "", { [path.slice(1)]: text });
  }

  system({ args, programName = "mdevctl", environment = {}, program, stdin }: Run): System {
    let time = 0;
    const read: Pick<System, "readDirectory" | "readFile" | "readLink" | "lstat"> = {
      readDirectory: (path) => this.entries(path),
      readFile: (path, limit) => this.read(path, limit),
      readLink: (path) => this.target(path),
      lstat: (path) => statusOf(this.find("look at", path, { follow: false })),
    };
    return {
      programName,
      args,
      userId: 0,
      environment: (name) => environment[name],
      ...read,
      ...readOneByOne(read),
      readInput: (path, limit) => this.read(path, limit),
      readStdin: () => stdin ?? fail("EBADF", "read", "stdin"),
      stat: (path) => statusOf(this.find("look at", path)),
      writeFile: (path, text) => {
        const node = this.find("write", path);
        if (node.kind !== "file") return fail("EISDIR", "write", path);
        node.text = text + node.text.slice(text.length);
        this.changed.add(this.place("write", path).path);
      },
      createFile: (path, text) => this.make("create", path, { kind: "file", text }),
      makeDirectory: (path) => this.make("make the directory", path, directory()),
      makeLink: (target, path) => this.make("make the link", path, { kind: "link", target }),
      rename: (from, to) => {
        const source = this.place("rename to", from);
        const node = source.directory.entries.get(source.name) ?? fail("ENOENT", "rename to", to);
        const target = this.place("rename to", to);
        if (target.directory.entries.get(target.name)?.kind === "directory") fail("EISDIR", "rename to", to);
        source.directory.entries.delete(source.name);
        target.directory.entries.set(target.name, node);
        this.changed.add(source.path).add(target.path);
      },
      remove: (path) => {
        const node = this.find("remove", path, { follow: false });
        if (node.kind === "directory" && node.entries.size > 0) fail("ENOTEMPTY", "remove", path);
        const { directory, name, path: place } = this.place("remove", path);
        directory.entries.delete(name);
        this.changed.add(place);
      },
      syncDirectory: (path) => {
        if (this.find("flush", path).kind !== "directory") fail("ENOTDIR", "flush", path);
      },
      lock: async (path) => {
        const locked = this.find("lock", path);
        if (locked.kind !== "directory") fail("ENOTDIR", "lock", path);
        return { isCurrent: () => this.find("look at", path) === locked, release: () => {} };
      },
      run: async (called) => {
        if (this.find("run", called.path).kind !== "file") fail("EACCES", "run", called.path);
        if (called.args.some((arg) => arg.includes("\0"))) throw new Error("an argument with a NUL");
        return program?.(called) ?? fail("ENOEXEC", "run", called.path);
      },
      uninterrupted: async (work) => work(),
      holdSignals: () => ({ arePending: async () => time >= signalMilliseconds, release: () => {} }),
      watch: async () => ({
        hearsKernel: true,
        watchDirectory: (path) => {
          if (this.find("watch", path).kind !== "directory") fail("ENOTDIR", "watch", path);
        },
        next: async (milliseconds) => {
          time += milliseconds;
          return time < signalMilliseconds ? { inDirectories: false, messages: [], areLost: false } : undefined;
        },
        close: () => {},
      }),
      currentTime: () => time,
      sleep: async (milliseconds) => {
        time += milliseconds;
      },
      randomBytes: (count) => {
        this.randoms++;
        return Array.from({ length: count }, (_, at) => (this.randoms >> (8 * (at % 3))) & 255);
      },
      write: (stream, text) => {
        this.output[stream] += text;
      },
      isTerminal: () => false,
      terminalWidth: () => 0,
    };
  }

  private read(path: string, limit: number): string {
    const node = this.find("read", path);
    if (node.kind !== "file") return fail(node.kind === "directory" ? "EISDIR" : "ENXIO", "read", path);
    const size = Buffer.byteLength(node.text);
    return size > limit ? fail("EFBIG", "read", path) : node.text;
  }

  private entries(path: string): DirectoryEntry[] {
    const node = this.find("read the directory", path);
    if (node.kind !== "directory") return fail("ENOTDIR", "read the directory", path);
    return Array.from(node.entries, ([name, { kind }]) => ({ name, kind }));
  }

  private target(path: string): string {
    const node = this.find("read the link", path, { follow: false });
    return node.kind === "link" ? node.target : fail("EINVAL", "read the link", path);
  }

  private make(operation: string, path: string, node: Node): void {
    const { directory, name, path: place } = this.place(operation, path);
    if (name === "" || name === "." || name === ".." || directory.entries.has(name)) fail("EEXIST", operation, path);
    directory.entries.set(name, node);
    this.changed.add(place);
  }

  private find(operation: string, path: string, { follow } = { follow: true }): Node {
    const { directory, name } = this.place(operation, path, { follow });
    if (name === "") return directory;
    return directory.entries.get(name) ?? fail("ENOENT", operation, path);
  }

  /** The directory that a path's last name is in, links resolved; the name is empty for the root. */
  private place(operation: string, path: string, { follow } = { follow: false }) {
    if (!path.startsWith("/") || path.includes("\0")) return fail("ENOENT", operation, path);
    if (path.length > 4095) return fail("ENAMETOOLONG", operation, path);
    const rest = path.split("/");
    // The directory so far, and those above it.
    const above: Directory[] = [];
    let directory = this.root;
    let prefix = "/";
    let last = "";
    for (let links = 0; rest.length > 0; ) {
      const name = rest.shift() ?? "";
      if (name.length > 63 && Buffer.byteLength(name) > 255) return fail("ENAMETOOLONG", operation, path);
      if (name === "" || name === ".") continue;
      if (last !== "") {
        this.seen.add(prefix + last);
        const entry = directory.entries.get(last) ?? fail("ENOENT", operation, path);
        if (entry.kind !== "directory") return fail("ENOTDIR", operation, path);
        above.push(directory);
        directory = entry;
        prefix += `${last}/`;
        last = "";
      }
      if (name === "..") {
        directory = above.pop() ?? this.root;
        prefix = prefix.slice(0, prefix.lastIndexOf("/", prefix.length - 2) + 1) || "/";
        continue;
      }
      const entry = directory.entries.get(name);
      if (entry?.kind === "link" && (follow || rest.some((part) => part !== ""))) {
        if (++links > 40) return fail("ELOOP", operation, path);
        if (entry.target.startsWith("/")) [directory, prefix, above.length] = [this.root, "/", 0];
        rest.unshift(...entry.target.split("/"));
      } else {
        last = name;
      }
    }
    this.seen.add(prefix + last);
    return { directory, name: last, path: prefix + last };
  }
}

function directory(): Directory {
  return { kind: "directory", entries: new Map() };
}

function copyOf(node: Directory): Directory {
  const copy = directory();
  for (const [name, entry] of node.entries)
    copy.entries.set(name, entry.kind === "directory" ? copyOf(entry) : { ...entry });
  return copy;
}

const modes: Readonly<Record<FileKind, number>> = { file: 0o755, directory: 0o755, link: 0o777, other: 0o644 };

function statusOf({ kind }: Node): FileStatus {
  return { kind, inode: 1, mode: modes[kind], userId: 0, groupId: 0 };
}

function fail(code: string, operation: string, path: string): never {
  throw new SystemError(code, operation, path);
}
