// Runs before and after all files of the comparison: counts the command lines that were compared, and fails if
// differences.ts lists a difference that no case has.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences } from "./differences.ts";

const scratch = mkdtempSync(join(tmpdir(), "reference-"));
const tally = join(scratch, "tally");

export function setup(): void {
  process.env.MDEVCTL_REFERENCE_TALLY = tally;
}

export function teardown(): void {
  const parts = readFileSync(tally, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  rmSync(scratch, { recursive: true });
  console.log(`compared ${sum(parts, "compared")} command lines with mdevctl 1.4.0`);
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.ts"));
  // If only some files or titles were chosen on the command line, the differences of the others are unused.
  if (parts.length < files.length || sum(parts, "ran") < sum(parts, "declared")) return;
  const unused = Object.keys(differences).filter((name) => !parts.some(({ used }) => used.includes(name)));
  if (unused.length === 0) return;
  console.error(`differences that no case has: ${unused.join(", ")}`);
  process.exitCode = 1;
}

function sum(parts: readonly Readonly<Record<string, number>>[], field: string): number {
  return parts.reduce((total, part) => total + (part[field] ?? 0), 0);
}
