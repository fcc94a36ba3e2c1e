// Bundles the program for Node.js into dist/mdevctl.js, a single file without dependencies, puts the licences of what others have
// written of it into dist/licences.txt, and makes the shell completions.

import { execFileSync } from "node:child_process";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { define } from "./define.mjs";

// Replaced in one step, so that a program that is started during a build is complete.
const { metafile } = await build({
  entryPoints: ["src/main.node.ts"],
  outfile: "dist/mdevctl.new.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  define,
  metafile: true,
});
await chmod("dist/mdevctl.new.js", 0o755);
await rename("dist/mdevctl.new.js", "dist/mdevctl.js");

const directories = Object.keys(metafile.inputs).flatMap(
  (path) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
);
const licences = [...new Set(directories)].map(async (directory) => {
  const { name } = JSON.parse(await readFile(`${directory}/package.json`, "utf8"));
  return `mdevctl contains ${name}, with these terms:\n\n${await readFile(`${directory}/LICENSE`, "utf8")}`;
});
await writeFile("dist/licences.txt", (await Promise.all(licences)).join("\n"));

execFileSync("node", ["scripts/run-ts.mjs", "scripts/completions.ts"], { stdio: "inherit" });
