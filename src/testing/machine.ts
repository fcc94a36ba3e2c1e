// A machine for the tests of commands: a sandbox in a temporary directory, which goes when the test is over, and mdevctl run
// on it within this process. Its callout scripts are real ones.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../run.ts";
import { nodeSystem } from "../system/node.ts";
import { type SandboxParent, writeSandbox } from "../system/sandbox-tree.ts";
import type { Stream, System } from "../system.ts";

/** What can take devices: `mtty-1` and `mtty-2` compete for four ports; `matrix` has attributes of every kind. */
export const testParents: readonly SandboxParent[] = [
  {
    path: "virtual/mtty/mtty",
    capacity: 4,
    types: [
      { name: "mtty-1", deviceApi: "vfio-pci", label: "Single port serial", size: 1, attributes: [] },
      { name: "mtty-2", deviceApi: "vfio-pci", label: "Dual port serial", size: 2, attributes: [] },
    ],
  },
  {
    path: "vfio_ap/matrix",
    capacity: 65536,
    types: [
      {
        name: "vfio_ap-passthrough",
        deviceApi: "vfio-ap",
        size: 1,
        attributes: [
          { name: "assign_adapter", value: "", accepts: "\\d+", appends: true },
          { name: "assign_domain", value: "", accepts: "\\d+", appends: true },
          { name: "power/control", value: "auto", accepts: "auto|on" },
        ],
      },
    ],
  },
];

export interface MachineOptions {
  /** Without them the machine has the test parents. */
  readonly parents?: readonly SandboxParent[];
  /** Texts of files by their paths below the root. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** What stdout and stderr are; pipes when left out. */
  readonly terminal?: boolean;
}

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine {
  readonly root: string;
  /** Runs mdevctl with these arguments. */
  run(...args: string[]): Promise<Result>;
  /** Runs it by another name. */
  runAs(programName: string, ...args: string[]): Promise<Result>;
  /** The text of a file below the root; undefined when there is none. */
  read(path: string): string | undefined;
  /** Makes or replaces a file below the root, with the directories that it needs. */
  write(path: string, text: string): void;
  /** Installs a shell script that is given without its first line; `$root` is the machine's root in it. */
  callout(name: string, script: string): void;
  notifier(name: string, script: string): void;
  /** Everything below a path below the root, `sys` excepted: files by their texts, links by their targets after `-> `. */
  files(path?: string): Record<string, string>;
}

export function machine(options: MachineOptions = {}): Machine {
  const root = fs.mkdtempSync(join(tmpdir(), "mdevctl-test-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  writeSandbox(unflushed(nodeSystem()), root, options.parents ?? testParents);
  for (const [path, text] of Object.entries(options.files ?? {})) write(path, text);

  async function runAs(programName: string, ...args: string[]): Promise<Result> {
    const output: Record<Stream, string> = { stdout: "", stderr: "" };
    const environment: Readonly<Record<string, string>> = { MDEVCTL_ENV_ROOT: root, ...options.environment };
    const status = await run({
      ...nodeSystem(),
      programName,
      args,
      environment: (name) => environment[name],
      write: (stream, text) => {
        output[stream] += text;
      },
      isTerminal: () => options.terminal ?? false,
    });
    return { status, ...output };
  }

  function write(path: string, text: string): void {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  }

  function install(directory: string, name: string, script: string): void {
    const path = `usr/lib/mdevctl/scripts.d/${directory}/${name}`;
    write(path, `#!/bin/sh\nroot='${root}'\n${script}\n`);
    fs.chmodSync(join(root, path), 0o755);
  }

  return {
    root,
    run: (...args) => runAs("mdevctl", ...args),
    runAs,
    read: (path) => (fs.existsSync(join(root, path)) ? fs.readFileSync(join(root, path), "utf8") : undefined),
    write,
    callout: (name, script) => install("callouts", name, script),
    notifier: (name, script) => install("notifiers", name, script),
    files: (path = "") => filesBelow(root, path),
  };
}

/** Nothing in a temporary directory has to survive a power cut. */
function unflushed(system: System): System {
  return { ...system, createFile: (path, text) => fs.writeFileSync(path, text, { flag: "wx" }) };
}

function filesBelow(root: string, start: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of fs.readdirSync(join(root, start), { withFileTypes: true })) {
    const path = join(start, entry.name);
    if (path === "sys") continue;
    if (entry.isDirectory()) Object.assign(found, filesBelow(root, path));
    else if (entry.isSymbolicLink()) found[path] = `-> ${fs.readlinkSync(join(root, path))}`;
    else found[path] = fs.readFileSync(join(root, path), "utf8");
  }
  return found;
}
