import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, suggestNames } from "./suggest.ts";

const commands = ["define", "undefine", "modify", "start", "stop", "list", "types", "sandbox", "help"];
const options = ["--uuid", "--parent", "--type", "--auto", "--addattr", "--delattr", "--dumpjson", "--defined"];
const parents = ["0000:00:02.0", "0000:41:00.4", "0000:41:00.5", "0000:41:00.6", "0000:41:00.7", "matrix", "mtty"];

test.each([
  ["lsit", commands, "Did you mean 'list'?"],
  ["lists", commands, "Did you mean 'list'?"],
  ["LIST", commands, "Did you mean 'list'? Letter case counts."],
  ["strat", commands, "Did you mean 'start'?"],
  ["defien", commands, "Did you mean 'define'?"],
  ["undefined", commands, "Did you mean 'undefine'?"],
  ["modfy", commands, "Did you mean 'modify'?"],
  ["stpo", commands, "Did you mean 'stop'?"],
  ["undef", commands, "Did you mean 'undefine'?"],
  ["def", commands, "Did you mean 'define'?"],
  ["st", commands, "Did you mean 'start' or 'stop'?"],
  ["s", commands, "Did you mean 'start', 'stop' or 'sandbox'?"],
  ["box", commands, "Did you mean 'sandbox'?"],
  ["bogus", commands, undefined],
  ["", commands, undefined],
  ["--list", commands, "Did you mean 'list'?"],
  ["--uiud", options, "Did you mean '--uuid'?"],
  ["--dump", options, "Did you mean '--dumpjson'?"],
  ["--json", options, "Did you mean '--dumpjson'?"],
  ["--par", options, "Did you mean '--parent'?"],
  ["--attr", options, "Did you mean '--addattr' or '--delattr'?"],
  ["--", options, undefined],
  ["mtt", parents, "Did you mean 'mtty'?"],
  ["Matrix", parents, "Did you mean 'matrix'? Letter case counts."],
  ["00:02.0", parents, "Did you mean '0000:00:02.0'?"],
  ["0000:41:00.8", parents, undefined],
  ["0000", parents, undefined],
  ["mtty", [], undefined],
])("the suggestion for %j among %j is %s", (name, candidates, suggestion) => {
  expect(suggestNames(name, candidates)).toBe(suggestion);
});

test("a word of a million letters is quickly found to be none of a hundred candidates", () => {
  const candidates = Array.from({ length: 100 }, (_, index) => `mtty-${index}`);
  expect(suggestNames("x".repeat(1_000_000), candidates)).toBeUndefined();
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
