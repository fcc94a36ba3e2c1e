#!/usr/bin/env node
// The program on Node.js.

import { run } from "./run.ts";
import { nodeSystem } from "./system/node.ts";

process.exitCode = await run(nodeSystem());
