// Which scripts are installed, in the order in which they are called. Finding them also checks them, so that an untrusted
// script or a wrong setting stops a command before it has done anything.

import type { Host } from "../host.ts";
import { missing, unless } from "../system-error.ts";
import { cannotRun, readTimeout } from "./script.ts";
import { ensureTrusted } from "./trust.ts";

/** Keeps the order of the directories; within one, scripts are sorted by name. Throws an UntrustedScript. */
export function findScripts(host: Host, directories: readonly string[]): string[] {
  return directories.flatMap((directory) => {
    const entries = unless(missing, () => host.system.readDirectory(directory)) ?? [];
    const names = entries.filter(({ kind }) => kind === "file" || kind === "link").map(({ name }) => name);
    if (names.length > 0) {
      readTimeout(host);
      ensureTrusted(host, directory);
    }
    const paths = names.sort().map((name) => `${directory}/${name}`);
    for (const path of paths) unless(cannotRun, () => ensureTrusted(host, path));
    return paths;
  });
}
