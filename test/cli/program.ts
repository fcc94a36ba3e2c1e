// The executable as a black box: $MDEVCTL_BIN, or else what `make` builds for Node.js. It is run directly and by
// the shell, as users run it.

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Result } from "../../src/testing/machine.ts";

export const program = resolve(process.env.MDEVCTL_BIN ?? "dist/mdevctl.js");

export interface Surroundings {
  /** The value of MDEVCTL_ENV_ROOT; unset by default. */
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Comes through a pipe; by default stdin is /dev/null. */
  readonly stdin?: string;
}

/** Runs mdevctl with these arguments. */
export function mdevctl(surroundings: Surroundings, ...args: string[]): Result {
  return execute(surroundings, program, ...args);
}

/** Runs a command line of bash, in which `mdevctl` is the program. */
export function shell(surroundings: Surroundings, line: string): Result {
  return execute(surroundings, "bash", "-c", `mdevctl() { '${program}' "$@"; }\n${line}`);
}

const pipe = 'printf %s "$0" | "$@"';

export function execute(
  { root, environment, directory, stdin }: Surroundings,
  path: string,
  ...args: string[]
): Result {
  // The shell makes a pipe; Node.js would make a socket, which cannot be opened as /dev/stdin.
  const line = stdin === undefined ? [path, ...args] : ["sh", "-c", pipe, stdin, path, ...args];
  const { status, signal, stdout, stderr, error } = spawnSync(line[0] ?? path, line.slice(1), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      ...(root === undefined ? {} : { MDEVCTL_ENV_ROOT: root }),
      ...environment,
    },
  });
  if (error !== undefined) throw error;
  if (status === null) throw new Error(`${path} was killed by ${signal}`);
  return { status, stdout, stderr };
}
