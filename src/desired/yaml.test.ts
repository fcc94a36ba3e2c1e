import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { describePlace, type Node, parseYaml } from "./yaml.ts";

const parse = (text: string) => parseYaml({ name: "f", text });

/** As JSON: texts as `LINE:COLUMN TEXT`, lists and maps with their places first. */
function show(node: Node): unknown {
  const place = describePlace(node.at).replace("f:", "");
  switch (node.kind) {
    case "text":
      return `${place} ${node.text}`;
    case "list":
      return [place, ...node.items.map(show)];
    case "map":
      return [place, Object.fromEntries(node.fields.map(({ name, value }) => [show(name), show(value)]))];
  }
}

describe("every part knows its place", () => {
  test.each<[what: string, text: string, shown: unknown]>([
    ["a plain text", "hello", "1:1 hello"],
    ["a text in quotes", "a: 'it''s'\nb: \"x\\n\\u00e9\"", ["1:1", { "1:1 a": "1:4 it's", "2:1 b": "2:4 x\né" }]],
    ["names in quotes", "{\"a\": 1, 'b': 2}", ["1:1", { "1:2 a": "1:7 1", "1:10 b": "1:15 2" }]],
    ["a plain text on two lines", "a: x\n  y", ["1:1", { "1:1 a": "1:4 x y" }]],
    ["texts in blocks", "a: |\n  x\n  y\nb: >-\n  p\n  q", ["1:1", { "1:1 a": "2:1 x\ny\n", "4:1 b": "5:1 p q" }]],
    ["a list", "- a\n-   b", ["1:1", "1:3 a", "2:5 b"]],
    ["a list on one line", "[a, [b], {c: d}]", ["1:1", "1:2 a", ["1:5", "1:6 b"], ["1:10", { "1:11 c": "1:14 d" }]]],
    ["maps", "a:\n  b:\n    c: d", ["1:1", { "1:1 a": ["2:3", { "2:3 b": ["3:5", { "3:5 c": "3:8 d" }] }] }]],
    ["empty values", "a:\nb:\n  c:", ["1:1", { "1:1 a": "1:2 ", "2:1 b": ["3:3", { "3:3 c": "3:4 " }] }]],
    ["an empty text in quotes", "a: ''", ["1:1", { "1:1 a": "1:4 " }]],
    [
      "JSON",
      '{"a": [1, true, null, "\\ud83d\\ude00"]}',
      ["1:1", { "1:2 a": ["1:7", "1:8 1", "1:11 true", "1:17 null", "1:23 😀"] }],
    ],
    [
      "what follows other letters",
      "é: {ü: €, x: y}",
      ["1:1", { "1:1 é": ["1:4", { "1:5 ü": "1:8 €", "1:11 x": "1:14 y" }] }],
    ],
    ["lines that end with CR LF", "a: 1\r\nb:\r\n  - x\r\n", ["1:1", { "1:1 a": "1:4 1", "2:1 b": ["3:3", "3:5 x"] }]],
    ["lines that end with CR", "a: 1\rb: 2\r", ["1:1", { "1:1 a": "1:4 1", "2:1 b": "2:4 2" }]],
    ["what follows a byte order mark", "\ufeffa: 1\nb: 2", ["1:1", { "1:1 a": "1:4 1", "2:1 b": "2:4 2" }]],
    ["what follows comments", "# x\n\na: b # c\n", ["3:1", { "3:1 a": "3:4 b" }]],
    ["a document with its beginning and end", "%YAML 1.2\n---\na: 1\n...\n", ["3:1", { "3:1 a": "3:4 1" }]],
    ["a tab between name and value", "a:\t1", ["1:1", { "1:1 a": "1:4 1" }]],
    ["a map in a list without braces", "[a: 1]", ["1:1", ["1:2", { "1:2 a": "1:5 1" }]]],
  ])("%s", (_, text, shown) => {
    expect(show(parse(text))).toEqual(shown);
  });

  test.each<[what: string, text: string, shown: unknown]>([
    ["a text", "a: &x 1\nb: *x", ["1:1", { "1:1 a": "1:7 1", "2:1 b": "1:7 1" }]],
    ["nothing", "a: &x\nb: *x", ["1:1", { "1:1 a": "1:2 ", "2:1 b": "1:2 " }]],
    ["a map", "- &x {a: b}\n- *x", ["1:1", ["1:6", { "1:7 a": "1:10 b" }], ["1:6", { "1:7 a": "1:10 b" }]]],
    ["the last of two anchors", "[&x 1, &x 2, *x]", ["1:1", "1:5 1", "1:11 2", "1:11 2"]],
    ["a name", "a: &x k\n*x : 2", ["1:1", { "1:1 a": "1:7 k", "1:7 k": "2:6 2" }]],
  ])("an alias is what it stands for: %s", (_, text, shown) => {
    expect(show(parse(text))).toEqual(shown);
  });
});

test.each([
  "0xab",
  "0o17",
  "007",
  "1e3",
  "1_000",
  "1.0",
  "on",
  "yes",
  "true",
  "null",
  "~",
  ".inf",
  "2026-01-01",
  "12:30:45",
  "<<",
  "=",
])("%s stays what was written", (text) => {
  expect(parse(text)).toMatchObject({ kind: "text", text });
  expect(parse(`{a: ${text}}`)).toMatchObject({ fields: [{ value: { text } }] });
  expect(parse(`- ${text}`)).toMatchObject({ items: [{ text }] });
});

test.each([
  ["", "f:1:1: there is nothing but comments"],
  [" \n\n", "f:1:1: there is nothing but comments"],
  ["# x", "f:1:1: there is nothing but comments"],
  ["a: 1\n---\nb: 2", "f:1:1: there is more than one document; a directory of files can be given instead"],
  ["---\na: 1\n---\n", "f:1:1: there is more than one document; a directory of files can be given instead"],
  ["a: !!str 1", "f:1:4: tags are not supported, all values are texts"],
  ["a:\n  - !vault {b: 1}", "f:2:5: tags are not supported, all values are texts"],
  ["!!map {a: 1}", "f:1:1: tags are not supported, all values are texts"],
  ["a: 1\nb: 2\na: 3", "f:3:1: field 'a' is there twice"],
  ["{a: 1, 'a': 2}", "f:1:8: field 'a' is there twice"],
  ["? [a, b]\n: c", "f:1:3: the name of a field is not a text"],
  ["{a: 1}: b", "f:1:1: the name of a field is not a text"],
  ["a: *x", "f:1:5: there is no anchor 'x' above"],
  ["a: &x [*x]", "f:1:9: there is no anchor 'x' above"],
  ["a: *x\nb: &x 1", "f:1:5: there is no anchor 'x' above"],
  ["a:\n\t- x", "f:2:1: tab characters must not be used in indentation"],
  ["a: 1\n  b: 2", "f:2:4: bad indentation of a mapping entry"],
  ["a: [1, 2", "f:1:9: unexpected end of the stream within a flow collection"],
  ['a: "\\q"', "f:1:6: unknown escape sequence"],
  ["a: \u0001", "f:1:4: the stream contains non-printable characters"],
  ["a: \0", "f:1:4: null byte is not allowed in input"],
  ["é: [", "f:1:5: unexpected end of the stream within a flow collection"],
  ["\ufeffa: [", "f:1:5: unexpected end of the stream within a flow collection"],
])("%j is refused", (text, message) => {
  expect(() => parse(text)).toThrow(new UsageError(message));
});

test.each(["[", "{a: ", "- ", "? ", ": "])("%j very many times is refused, and does not use up the stack", (text) => {
  expect(() => parse(text.repeat(100_000))).toThrow("nesting exceeded maxDepth (20)");
});

test("lists in lists are not too deep", () => {
  expect(() => parse(`${"[".repeat(19)}${"]".repeat(19)}`)).not.toThrow();
});

test("aliases of aliases are refused if they stand for very much", () => {
  const lines = Array.from({ length: 10 }, (_, index) => `- &a${index + 1} [${`*a${index},`.repeat(9)}]\n`);
  expect(() => parse(`- &a0 [${"x,".repeat(9)}]\n${lines.slice(0, 4).join("")}`)).not.toThrow();
  expect(() => parse(`- &a0 [${"x,".repeat(9)}]\n${lines.join("")}`)).toThrow(
    "f:7:9: there are more than 1000000 values",
  );
});

test("the places of very many nodes can be described", () => {
  const node = parse("- a\n".repeat(100_000));
  const places = node.kind === "list" ? node.items.map((item) => describePlace(item.at)) : [];
  expect(places).toEqual(Array.from({ length: 100_000 }, (_, index) => `f:${index + 1}:3`));
});
