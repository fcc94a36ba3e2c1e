// The structure that ARCHITECTURE.md promises: dependencies without cycles, frameworks that only kernel/ knows, and a
// map that has every file.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(ts|c|h)$/.test(path))
  .sort();
const sources = files.filter((path) => path.endsWith(".ts"));

/** The files of ours that a file imports, type imports and import() included. */
function importsOf(path: string): string[] {
  const text = readFileSync(join("src", path), "utf8");
  const specifiers = text.matchAll(/(?:^(?:import|export) .*|^\} )from "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm);
  return [...specifiers].map(([, fixed, loaded]) => join(dirname(path), fixed ?? loaded ?? ""));
}

const imports = new Map(sources.map((path) => [path, importsOf(path)]));

/** A chain of imports that leads from a file back to itself. */
function findCycle(): string[] | undefined {
  const finished = new Set<string>();
  function visit(path: string, way: readonly string[]): string[] | undefined {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of imports.get(path) ?? []) {
      const cycle = visit(next, [...way, path]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(path);
    return undefined;
  }
  return sources.reduce<string[] | undefined>((found, path) => found ?? visit(path, []), undefined);
}

test("the imports of every file are found", () => {
  expect(imports.get("main.node.ts")).toEqual(["run.ts", "system/node.ts"]);
  expect(imports.get("kernel/mdev/mdev.ts")).toEqual([
    "kernel/framework.ts",
    ...["active", "attachment", "changes", "types"].map((name) => `kernel/mdev/${name}.ts`),
  ]);
  expect(imports.get("commands.ts")).toContain("lazy.ts");
  expect(imports.get("lazy.ts")).toContain("commands/define.ts");
  for (const path of [...imports.values()].flat()) expect(files).toContain(path);
});

test("no file imports itself through others", () => {
  expect(findCycle()).toBeUndefined();
});

test("only kernel/ imports from the folder of a framework", () => {
  const outside = sources.filter((path) => !path.startsWith("kernel/"));
  const framework = /^kernel\/[^/]+\//;
  expect(outside.filter((path) => imports.get(path)?.some((imported) => framework.test(imported)))).toEqual([]);
});

describe("the map in ARCHITECTURE.md", () => {
  /** The paths in the tree below `src/`: a line names a folder or files, its indentation where they are. */
  function mappedFiles(): string[] {
    const tree = readFileSync("ARCHITECTURE.md", "utf8").split("\nsrc/\n")[1]?.split("\n```")[0] ?? "";
    const folders: string[] = [];
    const paths: string[] = [];
    for (const line of tree.split("\n")) {
      const words = line.trimStart();
      folders.length = (line.length - words.length) / 2 - 1;
      for (const name of words.split("  ")[0]?.split(" ") ?? []) {
        if (name.endsWith("/")) folders.push(name.slice(0, -1));
        else paths.push([...folders, name].join("/"));
      }
    }
    return paths.sort();
  }

  test("lists every source file and nothing else", () => {
    expect(mappedFiles()).toEqual(files.filter((path) => !path.endsWith(".test.ts")));
  });
});
