import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeSystem } from "./node.ts";
import { contract } from "./system.contract.ts";

test.for(contract)("$title", async ({ check }) => {
  const directory = mkdtempSync(join(tmpdir(), "mdevctl-contract."));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await expect(Promise.resolve(check(nodeSystem(), directory))).resolves.toBeUndefined();
});
