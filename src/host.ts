// The host that a command works on: its operating system, where things are on it, and where messages go.

import { UserError } from "./errors.ts";
import { createLog, type Log } from "./log.ts";
import { type Paths, pathsBelow } from "./paths.ts";
import { sandbox } from "./system/sandbox.ts";
import type { System } from "./system.ts";

export interface Host {
  readonly system: System;
  readonly paths: Paths;
  readonly log: Log;
}

export function hostOf(system: System): Host {
  const root = system.environment("MDEVCTL_ENV_ROOT") || "/";
  if (root.includes("\ufffd")) throw new UserError(`MDEVCTL_ENV_ROOT is '${root}', which is not valid UTF-8`);
  const paths = pathsBelow(root);
  return { system: paths.root === "" ? system : sandbox(system, paths.root), paths, log: createLog(system) };
}

/** The same host with another way to its operating system. */
export function withSystem(host: Host, system: System): Host {
  return { ...host, system, log: createLog(system) };
}
