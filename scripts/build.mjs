// Bundles the program for Node.js: dist/mdevctl.js, one file without dependencies.

import { chmod, readFile } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

await build({
  entryPoints: ["src/main.node.ts"],
  outfile: "dist/mdevctl.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  define: { MDEVCTL_VERSION: JSON.stringify(version) },
});
await chmod("dist/mdevctl.js", 0o755);
