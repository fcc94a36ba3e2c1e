// Bundles the program for Node.js, dist/mdevctl.js, one file without dependencies; and makes the shells' completions.

import { chmod, readFile, rename } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

const bundle = (entryPoint, outfile) =>
  build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    define: { MDEVCTL_VERSION: JSON.stringify(version) },
  });

// In one step, so that a program that is running while another is built is whole.
await bundle("src/main.node.ts", "dist/mdevctl.new.js");
await chmod("dist/mdevctl.new.js", 0o755);
await rename("dist/mdevctl.new.js", "dist/mdevctl.js");

await bundle("scripts/completions.ts", "build/completions.mjs");
await import("../build/completions.mjs");
