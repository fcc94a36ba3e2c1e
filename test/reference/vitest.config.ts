// The comparison with mdevctl 1.4.0 on its own: `make test-reference`.

import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest finds its configuration by it
export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: "./summary.ts",
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
