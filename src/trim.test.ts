import { expect, test } from "vitest";
import { trimEnd } from "./trim.ts";

test.each([
  ["", ""],
  ["/", ""],
  ["//", ""],
  ["a", "a"],
  ["/a", "/a"],
  ["/a/b//", "/a/b"],
  ["a/ ", "a/ "],
])("of '%s' without slashes at its end '%s' is left", (text, left) => {
  expect(trimEnd(text, "/")).toBe(left);
});
