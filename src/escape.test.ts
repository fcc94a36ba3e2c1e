import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeControls } from "./escape.ts";

test.each([
  ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
  ["one\ntwo\r\n", "one\\ntwo\\r\\n"],
  ["\0\x07\x08\x0b\x1f\x7f", "\\x00\\x07\\x08\\x0b\\x1f\\x7f"],
  ["\u0080\u009b1m\u009f", "\\x80\\x9b1m\\x9f"],
  ["line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"],
  ["\u202aa\u202bb\u202cc\u202dd\u202ee", "\\u202aa\\u202bb\\u202cc\\u202dd\\u202ee"],
  ["\u2066a\u2067b\u2068c\u2069", "\\u2066a\\u2067b\\u2068c\\u2069"],
  ["\u061c\u200e\u200f", "\\u061c\\u200e\\u200f"],
])("%j is shown as %j", (text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});

test("a long text is shown as its parts are", () => {
  for (const length of [4095, 4096, 4097, 8192, 10_000]) {
    expect(escapeControls("\x1b".repeat(length))).toBe("\\x1b".repeat(length));
    expect(escapeControls("😀".repeat(length))).toBe("😀".repeat(length));
  }
});

test.each([
  "",
  "a\tb c~",
  "\\x1b",
  "äöü \u00a0",
  "مرحبا",
  "\u200b\u200c\u200d\u2010\u2027\u202f\u2065\u206a",
  "😀\ufeff\uffff",
])("%j is shown as it is", (text) => {
  expect(escapeControls(text)).toBe(text);
});

test("whatever the text, it is on one line and has no control character but tabs", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeControls(text)).not.toMatch(/(?!\t)\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/u);
    }),
  );
});
