import fc from "fast-check";
import { expect, test } from "vitest";
import { generateUuid, isUuid, parseUuid } from "./uuid.ts";

const stored = "abcdef01-2345-4678-9abc-def012345678";

test.each([
  ["hyphenated", stored],
  ["without hyphens", "abcdef01234546789abcdef012345678"],
  ["after urn:uuid:", `urn:uuid:${stored}`],
  ["in braces", `{${stored}}`],
  ["hyphenated in upper case", "ABCDEF01-2345-4678-9ABC-DEF012345678"],
  ["without hyphens in upper case", "ABCDEF01234546789ABCDEF012345678"],
  ["after urn:uuid: in mixed case", "urn:uuid:ABCDEF01-2345-4678-9abc-def012345678"],
  ["in braces in upper case", "{ABCDEF01-2345-4678-9ABC-DEF012345678}"],
])("a UUID %s is read as the stored spelling", (_how, text) => {
  expect(parseUuid(text)).toBe(stored);
});

test.each([
  ["an empty text", ""],
  ["a word", "device"],
  ["a digit too few", stored.slice(1)],
  ["a digit too many", `${stored}0`],
  ["a letter that is not a digit", stored.replace("a", "g")],
  ["misplaced hyphens", "abcdef0-12345-4678-9abc-def012345678"],
  ["only some hyphens", "abcdef01-234546789abcdef012345678"],
  ["one brace", `{${stored}`],
  ["the other brace", `${stored}}`],
  ["two pairs of braces", `{{${stored}}}`],
  ["digits without hyphens in braces", "{abcdef01234546789abcdef012345678}"],
  ["another URN", `urn:isbn:${stored}`],
  ["a leading blank", ` ${stored}`],
  ["a trailing newline", `${stored}\n`],
  ["a path", `../${stored}`],
])("%s is not a UUID", (_what, text) => {
  expect(parseUuid(text)).toBeUndefined();
  expect(isUuid(text)).toBe(false);
});

test("only the stored spelling is the name of a device", () => {
  expect(isUuid(stored)).toBe(true);
  for (const other of [stored.toUpperCase(), stored.replaceAll("-", ""), `{${stored}}`, `urn:uuid:${stored}`]) {
    expect(parseUuid(other)).toBe(stored);
    expect(isUuid(other)).toBe(false);
  }
});

const anyUuid = fc.uuid();

/** The ways to spell a UUID. */
const spellings = [
  (uuid: string) => uuid,
  (uuid: string) => uuid.replaceAll("-", ""),
  (uuid: string) => `urn:uuid:${uuid}`,
  (uuid: string) => `{${uuid}}`,
];

test("every spelling of every UUID, in any letter case, is read as the stored one", () => {
  fc.assert(
    fc.property(
      anyUuid,
      fc.constantFrom(...spellings),
      fc.array(fc.boolean(), { minLength: 36, maxLength: 36 }),
      (uuid, spell, upper) => {
        const mixed = [...uuid].map((letter, at) => (upper[at] === true ? letter.toUpperCase() : letter)).join("");
        expect(parseUuid(spell(mixed))).toBe(uuid);
        expect(isUuid(uuid)).toBe(true);
      },
    ),
  );
});

test("a parsed UUID always has the stored spelling", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseUuid(text);
      expect(read === undefined || isUuid(read)).toBe(true);
    }),
  );
});

test("a generated UUID has version 4, the variant of RFC 9562, and otherwise the random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const uuid = generateUuid({ randomBytes: () => [...bytes] });
      expect(isUuid(uuid)).toBe(true);
      expect(uuid).toMatch(/^.{14}4.{4}[89ab]/);
      const hex = Buffer.from(bytes).toString("hex");
      const digits = uuid.replaceAll("-", "");
      expect([...digits].filter((_, at) => at !== 12 && at !== 16)).toEqual(
        [...hex].filter((_, at) => at !== 12 && at !== 16),
      );
    }),
  );
});
