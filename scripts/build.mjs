// Bundles the program for Node.js into dist/mdevctl.js and the library into dist/library.js, single files without dependencies, with the
// library's types in dist/types; puts the licences of what others have written of them into dist/licences.txt, and makes the shell
// completions.

import { execFileSync } from "node:child_process";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { define } from "./define.mjs";

// Replaced in one step, so that a program that is started during a build is complete.
const options = { bundle: true, platform: "node", format: "esm", target: "node20", define, metafile: true };
const { metafile } = await build({ ...options, entryPoints: ["src/main.node.ts"], outfile: "dist/mdevctl.new.js" });
await chmod("dist/mdevctl.new.js", 0o755);
await rename("dist/mdevctl.new.js", "dist/mdevctl.js");
await build({ ...options, entryPoints: ["src/library.node.ts"], outfile: "dist/library.js" });
execFileSync("npx", ["--no-install", "tsc", "-p", "tsconfig.library.json"], { stdio: "inherit" });

const directories = Object.keys(metafile.inputs).flatMap(
  (path) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
);
const licences = [...new Set(directories)].map(async (directory) => {
  const { name } = JSON.parse(await readFile(`${directory}/package.json`, "utf8"));
  return `mdevctl contains ${name}, with these terms:\n\n${await readFile(`${directory}/LICENSE`, "utf8")}`;
});
await writeFile("dist/licences.txt", (await Promise.all(licences)).join("\n"));

execFileSync("node", ["scripts/run-ts.mjs", "scripts/completions.ts"], { stdio: "inherit" });
