// Bundles the program for Node.js, dist/mdevctl.js, one file without dependencies; and makes the shells' completions.

import { chmod, readFile } from "node:fs/promises";
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

await bundle("src/main.node.ts", "dist/mdevctl.js");
await chmod("dist/mdevctl.js", 0o755);

await bundle("scripts/completions.ts", "build/completions.mjs");
await import("../build/completions.mjs");
