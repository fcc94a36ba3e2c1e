#!/usr/bin/env node
// The program on Node.js.

import { run } from "./run.ts";
import { nodeSystem } from "./system/node.ts";

// The package can be installed anywhere, because of its library.
if (process.platform !== "linux") {
  console.error(`mdevctl: mdevctl works on Linux, not on ${process.platform}`);
  process.exit(1);
}
// Where the size of files is limited, a write fails instead of ending us.
process.on("SIGXFSZ", () => {});
process.exitCode = await run(nodeSystem());
