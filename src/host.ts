// The host that a command works on: its operating system, where things are on it, and where messages go.

import { UserError } from "./errors.ts";
import { createLog, type Log } from "./log.ts";
import { type Paths, pathsBelow } from "./paths.ts";
import type { System } from "./system.ts";

export interface Host {
  readonly system: System;
  readonly paths: Paths;
  readonly log: Log;
}

export function hostOf(system: System): Host {
  return { system, paths: pathsBelow(rootOf(system)), log: createLog(system) };
}

/** The directory that MDEVCTL_ENV_ROOT names; `/` without it. */
export function rootOf(system: System): string {
  const root = system.environment("MDEVCTL_ENV_ROOT") || "/";
  if (root.includes("\ufffd")) throw new UserError(`MDEVCTL_ENV_ROOT is '${root}', which is not valid UTF-8`);
  return root;
}

/** The same host with another way to its operating system. */
export function withSystem(host: Host, system: System): Host {
  return { ...host, system, log: createLog(system) };
}
