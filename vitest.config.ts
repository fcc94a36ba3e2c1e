// The tests beside the sources and the executable as a black box: `npm run unit`, `npm run cli`.

import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

// biome-ignore lint/style/noDefaultExport: vitest finds its configuration by it
export default defineConfig({
  // As scripts/build.mjs puts it into the program.
  define: { MDEVCTL_VERSION: JSON.stringify(version) },
  // A busy machine is no failure.
  test: { testTimeout: 60_000 },
});
