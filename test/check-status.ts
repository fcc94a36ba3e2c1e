// Holds the JSON that `mdevctl status` wrote in a guest to its schema:
//   node scripts/run-ts.mjs test/check-status.ts FILE
// The file has a document on each line, and one at least.

import { readFileSync } from "node:fs";
import { parseStatus } from "../src/testing/status.ts";

const lines = readFileSync(process.argv[2] ?? "", "utf8")
  .split("\n")
  .filter((line) => line !== "");
for (const line of lines) parseStatus(line);
if (lines.length === 0) throw new Error("there is no status");
console.log(`# the status is as in its schema, ${lines.length} times`);
