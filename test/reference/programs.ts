// The two programs that are compared, and how one command line of either is run on a machine's tree.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Program {
  readonly path: string;
  /** The program's path under its other name, if it is installed under that name too. */
  readonly lsmdev: string | undefined;
}

/** The command line up to the arguments. The directory is for a link, if the other name is not installed. */
export function commandOf({ path, lsmdev }: Program, name: "mdevctl" | "lsmdev", directory: string): readonly string[] {
  let file = path;
  if (name === "lsmdev") {
    file = lsmdev ?? join(directory, name);
    if (lsmdev === undefined) symlinkSync(path, file);
  }
  return path.endsWith(".js") ? [process.execPath, file] : [file];
}

const repository = resolve(import.meta.dirname, "../..");

/** mdevctl 1.4.0; fetched if the cache does not have it. */
export const reference: Program = findProgram(
  join(execFileSync(join(repository, "scripts/fetch-reference.sh"), { encoding: "utf8" }).trim(), "mdevctl"),
);

/** `$MDEVCTL_BIN`, or else the build for Node; a `.js` file is run by Node. */
export const ours: Program = findProgram(resolve(process.env.MDEVCTL_BIN ?? join(repository, "dist/mdevctl.js")));

function findProgram(path: string): Program {
  if (!existsSync(path)) throw new Error(`${path} does not exist; run make first`);
  const lsmdev = join(dirname(path), "lsmdev");
  return { path, lsmdev: existsSync(lsmdev) ? lsmdev : undefined };
}

export interface Run {
  readonly status: number | string;
  readonly stdout: string;
  /** The wording may differ; only whether there is a message is compared. */
  readonly stderr: "silent" | "says something";
}

export interface Invocation {
  readonly command: readonly string[];
  readonly root: string;
  /** A file for the callout scripts to write to, outside the root. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A file whose content comes through a pipe on standard input; by default that is /dev/null. */
  readonly input: string | undefined;
}

/** Runs one command line; the status of a program that is killed, or takes over 20 s, is the signal. */
export function run({ command, root, log, environment, input }: Invocation): Promise<Run> {
  // Node hands a child a socket for its standard input, which cannot be opened as /dev/stdin; a shell makes a pipe.
  const piped = input === undefined ? command : ["/bin/sh", "-c", 'cat "$INPUT" | "$@"', "sh", ...command];
  const [file = "", ...args] = piped;
  return new Promise((fulfil, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { PATH: process.env.PATH, MDEVCTL_ENV_ROOT: root, CALLS: log, INPUT: input, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
    child.on("error", reject);
    child.on("close", (status, signal) =>
      fulfil({
        status: status ?? signal ?? "unknown",
        stdout: output.stdout,
        stderr: output.stderr === "" ? "silent" : "says something",
      }),
    );
  });
}
