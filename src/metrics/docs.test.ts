// docs/metrics.md has every metric.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeFamilies } from "./families.ts";

test("docs/metrics.md lists all metrics, in their order", () => {
  const nothing = { version: 1, cards: [], parents: [], devices: [], problems: [] } as const;
  const families = describeFamilies({
    version: "",
    status: nothing,
    checks: [],
    applied: undefined,
    planned: undefined,
  });
  const listed = [...readFileSync("docs/metrics.md", "utf8").matchAll(/^\| `(mdevctl_\w+)` \|/gm)].map(
    ([, name]) => name,
  );
  expect(listed).toEqual(families.map(({ name }) => name));
});
