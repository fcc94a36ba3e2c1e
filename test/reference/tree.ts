// Directory trees as plain data: what a test machine has below its root, written to disk, read back, and what
// has changed in between. A path leads to text, bytes, a link, a script or a directory.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

export type Entry =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly script: string; readonly mode?: number }
  | { readonly directory: true };

export type Tree = Readonly<Record<string, Entry>>;

export const directory: Entry = { directory: true };

/** Writes the tree below an existing directory; directories on the way are made. */
export function writeTree(root: string, tree: Tree): void {
  for (const [path, entry] of Object.entries(tree)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof entry === "string" || entry instanceof Uint8Array) writeFileSync(full, entry);
    else if ("link" in entry) symlinkSync(entry.link, full);
    else if ("script" in entry) {
      writeFileSync(full, entry.script);
      chmodSync(full, entry.mode ?? 0o755);
    } else mkdirSync(full, { recursive: true });
  }
}

/** Everything below root: a path, and its kind, permissions and content as one line of text. */
export function readTree(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string) => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const inner = path === "" ? name : `${path}/${name}`;
      const full = join(root, inner);
      const status = lstatSync(full);
      const mode = (status.mode & 0o7777).toString(8);
      if (status.isSymbolicLink()) found.set(inner, `link to ${readlinkSync(full)}`);
      else if (status.isDirectory()) {
        found.set(inner, `directory ${mode}`);
        visit(inner);
      } else found.set(inner, `file ${mode}: ${readFileSync(full, "latin1")}`);
    }
  };
  visit("");
  return found;
}

/** The paths that differ, with what is there afterwards. */
export function changesBetween(before: Map<string, string>, after: Map<string, string>): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const path of before.keys()) if (!after.has(path)) changes[path] = "removed";
  for (const [path, entry] of after) if (before.get(path) !== entry) changes[path] = entry;
  return changes;
}
