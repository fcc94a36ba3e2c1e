// The torture of one program, $MDEVCTL_BIN; run.sh prepares it. One file at a time, because they check what is left
// behind.

import { defineConfig } from "vitest/config";
import { define } from "../../scripts/define.mjs";

// biome-ignore lint/style/noDefaultExport: vitest finds its configuration by it
export default defineConfig({
  define,
  test: {
    include: ["test/reliability/*.test.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    // A host with very many definitions takes a while to remove.
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
