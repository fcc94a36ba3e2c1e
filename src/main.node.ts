#!/usr/bin/env node
// The program on Node.js.

import { run } from "./run.ts";
import { nodeSystem } from "./system/node.ts";

// Where the size of files is limited, a write fails instead of ending us.
process.on("SIGXFSZ", () => {});
process.exitCode = await run(nodeSystem());
