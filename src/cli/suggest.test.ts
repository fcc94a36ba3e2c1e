import fc from "fast-check";
import { expect, test } from "vitest";
import { closest, editDistance } from "./suggest.ts";

const words = ["define", "undefine", "modify", "start", "stop", "list", "types", "help"];

test.each([
  ["lsit", "list"],
  ["lists", "list"],
  ["LIST", "list"],
  ["strat", "start"],
  ["defien", "define"],
  ["undefined", "undefine"],
  ["modfy", "modify"],
  ["stpo", "stop"],
  ["--uiud", undefined],
  ["bogus", undefined],
  ["remove", undefined],
  ["", undefined],
])("for %j the suggestion is %s", (word, suggestion) => {
  expect(closest(word, words)).toBe(suggestion);
});

test("without candidates nothing is suggested", () => {
  expect(closest("list", [])).toBeUndefined();
});

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abd", 1],
  ["abc", "acb", 1],
  ["abc", "ab", 1],
  ["abc", "xabc", 1],
  ["kitten", "sitting", 3],
])("from %j to %j takes %i edits", (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
});

test("a distance is symmetric, 0 only between equal texts, and at most the length of the longer one", () => {
  const short = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(short, short, (one, other) => {
      const distance = editDistance(one, other);
      expect(editDistance(other, one)).toBe(distance);
      expect(distance === 0).toBe(one === other);
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
    }),
  );
});
