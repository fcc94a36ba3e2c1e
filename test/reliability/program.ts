// The program under torture, and how one of its command lines is run.

import { execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { resolve } from "node:path";

const path = resolve(process.env.MDEVCTL_BIN ?? "dist/mdevctl.js");

/** Its command line up to the arguments. */
export const program: readonly string[] = path.endsWith(".js") ? [process.execPath, path] : [path];

/** mdevctl 1.4.0 needs these directories even to print its version. */
const version = execFileSync("sh", [
  "-c",
  'cd "$(mktemp -d)" && mkdir -p etc/mdevctl.d usr/lib/mdevctl/scripts.d/callouts usr/lib/mdevctl/scripts.d/notifiers &&' +
    ' MDEVCTL_ENV_ROOT=$PWD "$@" --version',
  "sh",
  ...program,
]);

/** Losses of any other program are counted, but do not fail a test. */
export const isOurs = !String(version).startsWith("mdevctl 1.");

/** Our static executable. */
export const isNative = isOurs && program.length === 1;

export interface Ended {
  /** The exit status, or the name of the signal that killed it. */
  readonly end: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Does nothing if it has ended. */
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Options {
  /** A command that runs the program: `strace -f`. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly directory?: string | undefined;
  /** After this many seconds it is killed, because it hangs. */
  readonly seconds?: number;
  readonly stdio?: SpawnOptions["stdio"];
}

export function launch(root: string, args: readonly string[], options: Options = {}): Running {
  const [file = "", ...rest] = [...(options.under ?? []), ...program, ...args];
  const child = spawn(file, rest, {
    env: { PATH: process.env.PATH, MDEVCTL_ENV_ROOT: root, ...options.environment },
    cwd: options.directory,
    stdio: options.stdio ?? ["ignore", "pipe", "pipe"],
    timeout: (options.seconds ?? 60) * 1000,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((fulfil, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => fulfil({ end: status ?? signal ?? -1, ...output }));
    // A process that it left behind may hold its output open. A busy machine may need a while to deliver what was
    // written.
    child.on("exit", (status, signal) => setTimeout(() => fulfil({ end: status ?? signal ?? -1, ...output }), 5000));
  });
  return { kill: (signal) => void child.kill(signal), ended };
}

export function run(root: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  return launch(root, args, options).ended;
}

/** Works on the items, by default two at a time. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>, atOnce = 2): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
