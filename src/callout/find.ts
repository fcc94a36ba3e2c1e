// Which scripts are installed, in the order in which they are called. Finding them also checks them, so that an untrusted
// script or a wrong setting stops a command before it has done anything.

import type { Host } from "../host.ts";
import { missing, unless } from "../system-error.ts";
import { ensureNoFaults, type Fault, findFaults } from "../trust.ts";
import { cannotRun, readTimeout } from "./script.ts";

/** Keeps the order of the directories; within one, scripts are sorted by name. Throws an UntrustedScript. */
export function findScripts(host: Host, directories: readonly string[]): string[] {
  const faults: Fault[] = [];
  const scripts = directories.flatMap((directory) => {
    const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
    const names = entries.filter(({ kind }) => kind === "file" || kind === "link").map(({ name }) => name);
    const paths = names.sort().map((name) => `${directory}/${name}`);
    for (const path of paths.length === 0 ? [] : [directory, ...paths]) collectFaults(host, path, faults);
    return paths;
  });
  if (scripts.length > 0) readTimeout(host);
  ensureNoFaults(faults);
  return scripts;
}

/** What nobody can run now is skipped when its turn comes, after it has been checked again. */
function collectFaults(host: Host, path: string, faults: Fault[]): void {
  unless(cannotRun, () => {
    for (const fault of findFaults(host, path)) faults.push(fault);
  });
}
