import fc from "fast-check";
import { expect, test } from "vitest";
import { isObject, JsonError, parseJson } from "./json.ts";

/** The message of parseJson about a text that is not JSON. */
function problem(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
  throw new Error(`${text} is JSON`);
}

test.each([
  ["", "it is empty"],
  [" \n", "it is empty"],
  ["{", "it ends too early, at line 1, column 2: a name in double quotes or } is expected"],
  ["[1,", "it ends too early, at line 1, column 4: a value is expected"],
  ['{"a"', "it ends too early, at line 1, column 5: a colon is expected"],
  ['{"a": ', "it ends too early, at line 1, column 7: a value is expected"],
  ['{"a": 1\n', "it ends too early, at line 2, column 1: a comma or } is expected"],
  ["nonsense", "not valid JSON at line 1, column 1: a value is expected, not 'nonsense' without double quotes"],
  ["{]", "not valid JSON at line 1, column 2: a name in double quotes or } is expected, not ']'"],
  ["{}}", "not valid JSON at line 1, column 3: the end is expected, not '}'"],
  ["[{}}", "not valid JSON at line 1, column 4: a comma or ] is expected, not '}'"],
  ["{} {}", "not valid JSON at line 1, column 4: the end is expected, not '{'"],
  ["{a: 1}", "not valid JSON at line 1, column 2: a name in double quotes or } is expected, not 'a'"],
  ["{'a': 1}", "not valid JSON at line 1, column 2: a name in double quotes or } is expected, not 'a'"],
  ["{\"a\": 'b'}", "not valid JSON at line 1, column 7: a value is expected, not 'b' without double quotes"],
  ['{"a" 1}', "not valid JSON at line 1, column 6: a colon is expected, not '1'"],
  ['{"a": 1 "b": 2}', 'not valid JSON at line 1, column 9: a comma or } is expected, not "b"'],
  ['{"a": 1,}', "not valid JSON at line 1, column 9: a name in double quotes is expected, not '}'"],
  ["[1 2]", "not valid JSON at line 1, column 4: a comma or ] is expected, not '2'"],
  ["[1,]", "not valid JSON at line 1, column 4: a value is expected, not ']'"],
  ["[01]", "not valid JSON at line 1, column 2: a value or ] is expected, not '01'"],
  ["[-01]", "not valid JSON at line 1, column 2: a value or ] is expected, not '-01'"],
  ["[5.]", "not valid JSON at line 1, column 2: a value or ] is expected, not '5.'"],
  ["[True]", "not valid JSON at line 1, column 2: a value or ] is expected, not 'True' without double quotes"],
  [
    '["a\\x"]',
    "not valid JSON at line 1, column 2: the text that begins here has a character or an escape that JSON does not allow",
  ],
  [
    '["a\tb"]',
    "not valid JSON at line 1, column 2: the text that begins here has a character or an escape that JSON does not allow",
  ],
  ['["a', "not valid JSON at line 1, column 2: the text that begins here has no end"],
  ['{"a": "b,\n"c": "d"}', "not valid JSON at line 1, column 7: the text that begins here does not end on its line"],
  [
    `["a", ${"b".repeat(50)}]`,
    `not valid JSON at line 1, column 7: a value is expected, not '${"b".repeat(40)}…' without double quotes`,
  ],
  [
    '{\n  "mdev_type": "a"\n  "start": "auto"\n}',
    'not valid JSON at line 3, column 3: a comma or } is expected, not "start"',
  ],
  ['{\n\t"a": [1,\n\n2,]}', "not valid JSON at line 4, column 3: a value is expected, not ']'"],
  ["\ufeff{}", "it begins with a byte order mark, which JSON does not have"],
])("%j is refused: %s", (text, message) => {
  expect(problem(text)).toBe(message);
});

test("the message names the position of a stray character anywhere between the tokens of a JSON text", () => {
  const anyJson = fc.jsonValue().map((value) => JSON.stringify(value, null, 1));
  fc.assert(
    fc.property(anyJson, fc.nat(), (text, seed) => {
      const starts = tokenStarts(text);
      const at = starts[seed % starts.length] ?? 0;
      const before = `${text.slice(0, at)} `.split("\n");
      const position = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
      expect(problem(`${text.slice(0, at)} ; ${text.slice(at)}`)).toMatch(
        new RegExp(`^not valid JSON at ${position}: .* expected, not ';'$`),
      );
    }),
  );
});

test("a JSON text that is cut off between two tokens ends too early", () => {
  const nested = fc.oneof(
    fc.array(fc.jsonValue(), { minLength: 1 }),
    fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
  );
  fc.assert(
    fc.property(nested, fc.nat(), (value, seed) => {
      const text = JSON.stringify(value, null, 1);
      const starts = tokenStarts(text).slice(1);
      expect(problem(text.slice(0, starts[seed % starts.length]))).toMatch(
        /^it ends too early, at line \d+, column \d+: .* is expected$/,
      );
    }),
  );
});

test("no text makes it fail in another way, and it accepts only what JSON.parse accepts", () => {
  const parts = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "\\", "1", "-", "null", " ", "\n", "é", "\0");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (words) => {
      const text = words.join("");
      const value = parseIfPossible(text);
      if (value === undefined)
        expect(problem(text)).toMatch(
          /^(it is empty|it ends too early, at .* is expected|not valid JSON at line \d+, column \d+: .*)$/s,
        );
      else expect(parseJson(text)).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ["text", false],
  [1, false],
])("%j as an object: %s", (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

function tokenStarts(text: string): number[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)].map((match) => match.index);
}

function parseIfPossible(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
