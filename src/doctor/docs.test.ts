// The table of codes in docs/doctor.md is that of the program.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checks } from "./checks.ts";

const path = "docs/doctor.md";

test(`${path} has all codes`, async () => {
  const rows = checks.map(
    ({ code, severity, summary, advice }) => `| \`${code}\` | ${severity} | ${summary} | ${advice} |\n`,
  );
  const table = `| code | severity | meaning | what to do |\n| --- | --- | --- | --- |\n${rows.join("")}`;
  const text = readFileSync(path, "utf8").replace(/(<!-- This table .*-->\n\n)(\|.*\n)*\n?/, `$1${table}\n`);
  await expect(text).toMatchFileSnapshot(`../../${path}`);
});

test("codes are unique words with hyphens, and every check says what it finds and what to do", () => {
  expect(new Set(checks.map(({ code }) => code)).size).toBe(checks.length);
  for (const { code, summary, advice } of checks) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).toMatch(/^[A-Zl].*[^.]$/);
    expect(advice).toMatch(/^[A-Z`].*\.$/);
  }
});
