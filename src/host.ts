// The host that a command works on: its operating system, where things are on it, and where messages go.

import { UserError } from "./errors.ts";
import { createLog, type Log } from "./log.ts";
import { type Paths, pathsBelow } from "./paths.ts";
import { isSandbox } from "./system/sandbox-marker.ts";
import type { System } from "./system.ts";

export interface Host {
  readonly system: System;
  readonly paths: Paths;
  readonly log: Log;
}

export function hostOf(system: System): Host {
  return { system, paths: pathsBelow(rootOf(system)), log: createLog(system) };
}

/** The system as it is, or with a simulated kernel where the root is a sandbox. */
export async function withKernel(system: System): Promise<System> {
  const { root } = pathsBelow(rootOf(system));
  if (root === "" || !isSandbox(system, root)) return system;
  const { simulateKernel } = await import("./on-demand.ts");
  return simulateKernel(system, root);
}

function rootOf(system: System): string {
  const root = system.environment("MDEVCTL_ENV_ROOT") || "/";
  if (root.includes("\ufffd")) throw new UserError(`MDEVCTL_ENV_ROOT is '${root}', which is not valid UTF-8`);
  return root;
}

/** The same host with another way to its operating system. */
export function withSystem(host: Host, system: System): Host {
  return { ...host, system, log: createLog(system) };
}
