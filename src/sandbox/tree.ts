// A directory tree as plain data, and what writes it: through a System, so that the same tree can be on a disk and in memory.

import { directoryName } from "../paths.ts";
import type { System } from "../system.ts";
import { unless } from "../system-error.ts";

/** The text of a file, or what else there is. */
export type Entry =
  | string
  | { readonly link: string }
  | { readonly script: string; readonly mode?: number }
  | { readonly directory: true };

/** By paths below a root, in the order in which they are made. Directories on the way need no entry. */
export type Tree = Readonly<Record<string, Entry>>;

export const directory: Entry = { directory: true };

/** The root, without a slash at its end, must exist. Only directories may be there already. Throws a SystemError. */
export function writeTree(system: System, root: string, tree: Tree): void {
  const made = new Set([root]);
  const ensureDirectory = (path: string): void => {
    if (made.has(path)) return;
    ensureDirectory(directoryName(path));
    unless(["EEXIST"], () => system.makeDirectory(path));
    made.add(path);
  };
  for (const [name, entry] of Object.entries(tree)) {
    const path = `${root}/${name}`;
    ensureDirectory(directoryName(path));
    if (typeof entry === "string") system.createFile(path, entry);
    else if ("link" in entry) system.makeLink(entry.link, path);
    else if ("directory" in entry) ensureDirectory(path);
    else system.createFile(path, entry.script, { ...system.stat(root), mode: entry.mode ?? 0o755 });
  }
}
