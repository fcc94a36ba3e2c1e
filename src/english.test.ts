import { expect, test } from "vitest";
import { countNoun, joinNames } from "./english.ts";

const many = Array.from({ length: 20 }, (_, at) => `p${at}`);

test.each([
  [[], "none"],
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
  [many.slice(0, 12), "p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 and p11"],
  [many, "p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10 and 9 more"],
])("%j in a sentence: %s", (names, text) => {
  expect(joinNames(names)).toBe(text);
});

test("names in a sentence can be alternatives", () => {
  expect(joinNames(["a", "b", "c"], "or")).toBe("a, b or c");
});

test.each([
  [0, "0 devices"],
  [1, "1 device"],
  [2, "2 devices"],
])("%i devices are counted in words", (count, text) => {
  expect(countNoun(count, "device")).toBe(text);
});
