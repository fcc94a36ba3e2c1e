// Runs a TypeScript file, or a module that imports one, which Node.js 20 cannot; in the root of the repository:
//   node scripts/run-ts.mjs FILE [ARGUMENT...]

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { define } from "./define.mjs";

const [node, , file, ...args] = process.argv;
const entry = resolve(file);

// Below the repository, so that imports of packages find node_modules.
mkdirSync("build", { recursive: true });
const directory = resolve(mkdtempSync("build/run-ts."));
process.on("exit", () => rmSync(directory, { recursive: true }));

await build({
  entryPoints: [entry],
  outfile: `${directory}/bundle.mjs`,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  define: { ...define, "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
});
process.argv = [node, entry, ...args];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(`${directory}/bundle.mjs`).href);
