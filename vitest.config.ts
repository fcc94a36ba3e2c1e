// The tests beside the sources and the executable as a black box: `npm run unit`, `npm run cli`.

import { defineConfig } from "vitest/config";
import { define } from "./scripts/define.mjs";

// biome-ignore lint/style/noDefaultExport: vitest finds its configuration by it
export default defineConfig({
  // As scripts/build.mjs puts it into the program.
  define,
  // A busy machine is no failure.
  test: { testTimeout: 60_000 },
});
