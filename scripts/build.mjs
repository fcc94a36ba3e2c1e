// Bundles the program for Node.js into dist/mdevctl.js, a single file without dependencies, and makes the shell completions.

import { execFileSync } from "node:child_process";
import { chmod, rename } from "node:fs/promises";
import { build } from "esbuild";
import { define } from "./define.mjs";

// Replaced in one step, so that a program that is started during a build is complete.
await build({
  entryPoints: ["src/main.node.ts"],
  outfile: "dist/mdevctl.new.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  define,
});
await chmod("dist/mdevctl.new.js", 0o755);
await rename("dist/mdevctl.new.js", "dist/mdevctl.js");

execFileSync("node", ["scripts/run-ts.mjs", "scripts/completions.ts"], { stdio: "inherit" });
