// The trees of the test machines on disk: reading them back, and the changes between two readings.

import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export { directory, type Entry, type Tree, writeTree } from "../../src/sandbox/tree.ts";

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
