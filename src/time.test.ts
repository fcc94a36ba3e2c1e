import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTime } from "./time.ts";

test("times are written as Date does it", () => {
  const end = Date.UTC(9999, 11, 31);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: end }), (time) => formatTime(time) === new Date(time).toISOString()),
    { numRuns: 2000 },
  );
  for (const time of [0, Date.UTC(2000, 1, 29), Date.UTC(2024, 11, 31, 23, 59, 59, 999), Date.UTC(2100, 1, 28)]) {
    expect(formatTime(time)).toBe(new Date(time).toISOString());
  }
});
