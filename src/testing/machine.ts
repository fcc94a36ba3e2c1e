// A machine for the tests of commands: a sandbox in a temporary directory, removed after the test, and mdevctl run on
// it in this process. Its callout scripts are real and record how they were called.

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../run.ts";
import type { SandboxCard, SandboxParent } from "../sandbox/parents.ts";
import { writeSandbox } from "../sandbox/simulate.ts";
import type { Stream, System } from "../system.ts";
import { parseStatus } from "./status.ts";
import { unflushedSystem } from "./unflushed.ts";

/** The UUIDs of four devices. */
export const A = "11111111-1111-4111-8111-111111111111";
export const B = "22222222-2222-4222-8222-222222222222";
export const C = "33333333-3333-4333-8333-333333333333";
export const D = "abcdefab-cdef-4abc-8def-abcdefabcdef";

/** The default parents: `mtty-1` and `mtty-2` compete for four ports; `matrix` has attributes of every kind. */
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
  /** The test parents by default. */
  readonly parents?: readonly SandboxParent[];
  /** None by default. */
  readonly cards?: readonly SandboxCard[];
  /** The texts of files by path below the root. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are a terminal; pipes by default. */
  readonly terminal?: boolean;
  /** Replaces calls to the real operating system. */
  readonly system?: Partial<System>;
}

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptCall {
  /** In short: `SCRIPT EVENT ACTION STATE`. */
  readonly step: string;
  /** All its arguments. */
  readonly args: string;
  readonly stdin: string;
}

export interface Machine {
  readonly root: string;
  /** Runs mdevctl with these arguments. */
  run(...args: string[]): Promise<Result>;
  /** Runs it under another program name. */
  runAs(programName: string, ...args: string[]): Promise<Result>;
  /** The text of a file below the root; undefined if it does not exist. */
  read(path: string): string | undefined;
  /** Creates or replaces a file below the root, and the directories above it. */
  write(path: string, text: string): void;
  /**
   * Installs shell commands as a script that first records its call. They can use $type, $event, $action, $state,
   * $uuid, $parent, $input (the text on stdin) and $root (of the machine).
   */
  callout(name: string, commands: string): void;
  notifier(name: string, commands: string): void;
  /** Like callout, but with the path of the script below the root. */
  script(path: string, commands: string): void;
  /** The calls of scripts so far, in order. */
  calls(): ScriptCall[];
  /** The steps of these calls. */
  steps(): string[];
  /** Everything below a path in the root except `sys`: the text of each file, and `-> ` with the target of each link. */
  files(path?: string): Record<string, string>;
}

export function machine(options: MachineOptions = {}): Machine {
  const root = fs.mkdtempSync(join(tmpdir(), "mdevctl-test-"));
  const system = unflushedSystem();
  onTestFinished(async () => {
    try {
      await ensureStatus(system, root);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });
  writeSandbox(system, root, { parents: options.parents ?? testParents, cards: options.cards ?? [] });
  fs.mkdirSync(dirname(join(root, callsFile)), { recursive: true });
  for (const [path, text] of Object.entries(options.files ?? {})) write(path, text);

  async function runAs(programName: string, ...args: string[]): Promise<Result> {
    const output: Record<Stream, string> = { stdout: "", stderr: "" };
    const environment: Readonly<Record<string, string>> = { MDEVCTL_ENV_ROOT: root, ...options.environment };
    const status = await run({
      ...system,
      programName,
      args,
      environment: (name) => environment[name],
      write: (stream, text) => {
        output[stream] += text;
      },
      isTerminal: () => options.terminal ?? false,
      terminalWidth: () => 0,
      ...options.system,
    });
    return { status, ...output };
  }

  function write(path: string, text: string): void {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  }

  function script(path: string, commands: string): void {
    write(path, `${scriptStart(root)}\n${commands}\n`);
    fs.chmodSync(join(root, path), 0o755);
  }

  function calls(): ScriptCall[] {
    const records = (read(callsFile) ?? "").split("\x1e").slice(0, -1);
    return records.map((record) => {
      const [step = "", args = "", stdin = ""] = record.split("\x1f");
      return { step, args, stdin };
    });
  }

  function read(path: string): string | undefined {
    return fs.existsSync(join(root, path)) ? fs.readFileSync(join(root, path), "utf8") : undefined;
  }

  return {
    root,
    run: (...args) => runAs("mdevctl", ...args),
    runAs,
    read,
    write,
    script,
    callout: (name, commands) => script(`usr/lib/mdevctl/scripts.d/callouts/${name}`, commands),
    notifier: (name, commands) => script(`usr/lib/mdevctl/scripts.d/notifiers/${name}`, commands),
    calls,
    steps: () => calls().map(({ step }) => step),
    files: (path = "") => filesBelow(root, path),
  };
}

/** Whatever a test has done to a machine, its status is as the schema has it. */
async function ensureStatus(system: System, root: string): Promise<void> {
  let stdout = "";
  const status = await run({
    ...system,
    ...{ programName: "mdevctl", args: ["status", "--json"], isTerminal: () => false },
    environment: (name) => (name === "MDEVCTL_ENV_ROOT" ? root : undefined),
    write: (_, text) => {
      stdout += text;
    },
  });
  if (status !== 0) throw new Error(`the status of the machine fails: ${stdout}`);
  parseStatus(stdout);
}

const callsFile = "var/log/calls";

function scriptStart(root: string): string {
  return `#!/bin/sh
root='${root}'
type=$2 event=$4 action=$6 state=$8 uuid=\${10} parent=\${12}
input=$(cat; echo .)
input=\${input%.}
printf '%s %s %s %s\\037%s\\037%s\\036' "\${0##*/}" "$event" "$action" "$state" "$*" "$input" >> "$root/${callsFile}"`;
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
