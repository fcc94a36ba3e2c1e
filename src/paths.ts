// Where things are on a host, below the root that MDEVCTL_ENV_ROOT names; see FILES in mdevctl(8). The kernel's own paths are
// in kernel/.

import type { System } from "./system.ts";
import { trimEnd } from "./trim.ts";

export interface Paths {
  /** Without a slash at its end, so empty for `/`. */
  readonly root: string;
  readonly definitions: string;
  /** In order of precedence. */
  readonly calloutScripts: readonly string[];
  readonly notifierScripts: readonly string[];
  /** What is known of active devices until the next boot: a directory for each card that has any. */
  readonly claims: string;
  /** What the host had before files were applied. */
  readonly state: string;
}

/** It is among the parents' directories. */
export const scriptsDirectory = "scripts.d";

export function pathsBelow(root: string): Paths {
  const base = trimEnd(root, "/");
  const definitions = `${base}/etc/mdevctl.d`;
  const scripts = [`${base}/usr/lib/mdevctl/${scriptsDirectory}`, `${definitions}/${scriptsDirectory}`];
  return {
    root: base,
    definitions,
    calloutScripts: scripts.map((directory) => `${directory}/callouts`),
    notifierScripts: scripts.map((directory) => `${directory}/notifiers`),
    claims: `${base}/run/mdevctl`,
    state: `${base}/var/lib/mdevctl`,
  };
}

/** The path from the root on, without slashes at its end, and otherwise as it was given. */
export function absolutePath({ readLink }: Pick<System, "readLink">, path: string): string {
  const given = trimEnd(path, "/") || path.charAt(0);
  return given.startsWith("/") ? given : `${readLink("/proc/self/cwd")}/${given.replace(/^(\.\/+)+/, "")}`;
}

/** A path without its last part; empty when that is all there is below the root. */
export function directoryName(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
