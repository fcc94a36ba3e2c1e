import fc from "fast-check";
import { expect, test } from "vitest";
import { formatConfiguration, parseAttributes, parseConfiguration } from "./definition.ts";
import type { Configuration } from "./device.ts";
import { JsonError } from "./json.ts";

const plain: Configuration = { type: "mtty-1", start: "manual", attributes: [] };

test.each([
  ["without attributes", plain, '{\n  "mdev_type": "mtty-1",\n  "start": "manual",\n  "attrs": []\n}'],
  [
    "with attributes, one of them twice",
    {
      type: "vfio_ap-passthrough",
      start: "auto",
      attributes: [
        { name: "assign_adapter", value: "5" },
        { name: "assign_adapter", value: "6" },
      ],
    } as const,
    `{
  "mdev_type": "vfio_ap-passthrough",
  "start": "auto",
  "attrs": [
    {
      "assign_adapter": "5"
    },
    {
      "assign_adapter": "6"
    }
  ]
}`,
  ],
  [
    "with names that look like integers, in their order",
    { ...plain, attributes: ["2", "10", "1"].map((name) => ({ name, value: "" })) },
    '{\n  "mdev_type": "mtty-1",\n  "start": "manual",\n  "attrs": [\n    {\n      "2": ""\n    },\n    {\n      "10": ""\n    },\n    {\n      "1": ""\n    }\n  ]\n}',
  ],
  [
    "with control characters, which are escaped, and other text outside ASCII, which is not",
    { ...plain, type: "é日😀\u007f", attributes: [{ name: 'a"b\\', value: "\u0001\n\t/" }] },
    '{\n  "mdev_type": "é日😀\u007f",\n  "start": "manual",\n  "attrs": [\n    {\n      "a\\"b\\\\": "\\u0001\\n\\t/"\n    }\n  ]\n}',
  ],
])("a configuration %s is indented by two spaces and has no newline at the end", (_what, configuration, text) => {
  expect(formatConfiguration(configuration)).toBe(text);
});

test.each([
  ["attrs missing", '{"mdev_type":"mtty-1","start":"manual"}', plain],
  ["attrs null", '{"mdev_type":"mtty-1","start":"manual","attrs":null}', plain],
  ["other fields", '{"mdev_type":"mtty-1","x":{},"start":"manual","attrs":[],"y":1}', plain],
  ["another order and blanks", '\n{ "attrs" : [ ] , "start" : "manual" , "mdev_type" : "mtty-1" }\n', plain],
  ["start auto", '{"mdev_type":"mtty-1","start":"auto"}', { ...plain, start: "auto" }],
  ["start Auto", '{"mdev_type":"mtty-1","start":"Auto"}', plain],
  ["start with a blank", '{"mdev_type":"mtty-1","start":"auto "}', plain],
  ["start empty", '{"mdev_type":"mtty-1","start":""}', plain],
  ["start true", '{"mdev_type":"mtty-1","start":true}', plain],
  [
    "an empty value",
    '{"mdev_type":"mtty-1","start":"manual","attrs":[{"a":""}]}',
    { ...plain, attributes: [{ name: "a", value: "" }] },
  ],
])("a configuration with %s is read", (_what, text, configuration) => {
  expect(parseConfiguration(text)).toEqual(configuration);
});

test.each([
  ["an empty text", "", "it is empty"],
  ["truncated text", '{"mdev_type":', "it ends too early, at line 1, column 14: a value is expected"],
  [
    "text that is not JSON",
    '{"mdev_type":"a",\n"start"}',
    "not valid JSON at line 2, column 8: a colon is expected, not '}'",
  ],
  ["an array", "[]", "it is an array, as listings are, not the object of one device"],
  ["null", "null", "it is not a JSON object"],
  ["no mdev_type", '{"start":"auto"}', "field 'mdev_type' is missing"],
  ["mdev_type with a hyphen", '{"mdev-type":"a"}', "field 'mdev_type' is missing, but there is 'mdev-type'"],
  ["mdev_type in one word", '{"x":1,"mdevtype":"a"}', "field 'mdev_type' is missing, but there is 'mdevtype'"],
  ["only type", '{"type":"a"}', "field 'mdev_type' is missing, but there is 'type'"],
  [
    "a part of a listing",
    '{"abcdefab-cdef-4abc-8def-abcdefabcdef":{"mdev_type":"a","start":"auto"}}',
    "field 'mdev_type' is missing, but there is 'abcdefab-cdef-4abc-8def-abcdefabcdef'",
  ],
  ["start with a capital", '{"mdev_type":"a","Start":"auto"}', "field 'start' is missing, but there is 'Start'"],
  ["mdev_type null", '{"mdev_type":null,"start":"auto"}', "field 'mdev_type' is missing"],
  ["mdev_type a number", '{"mdev_type":7,"start":"auto"}', "field 'mdev_type' is not a string"],
  ["mdev_type an array", '{"mdev_type":["a"],"start":"auto"}', "field 'mdev_type' is not a string"],
  ["no start", '{"mdev_type":"a"}', "field 'start' is missing"],
  ["start null", '{"mdev_type":"a","start":null}', "field 'start' is missing"],
  ["attrs an object", '{"mdev_type":"a","start":"auto","attrs":{"a":"b"}}', "field 'attrs' is not an array"],
  ["attrs a string", '{"mdev_type":"a","start":"auto","attrs":"x"}', "field 'attrs' is not an array"],
  [
    "an empty entry",
    '{"mdev_type":"a","start":"auto","attrs":[{"a":"b"},{}]}',
    "entry 1 of 'attrs' is not an object with one field",
  ],
  [
    "an entry with two fields",
    '{"mdev_type":"a","start":"auto","attrs":[{"a":"b","c":"d"}]}',
    "entry 0 of 'attrs' is not an object with one field",
  ],
  [
    "an entry that is a string",
    '{"mdev_type":"a","start":"auto","attrs":["a"]}',
    "entry 0 of 'attrs' is not an object with one field",
  ],
  [
    "an entry that is an array",
    '{"mdev_type":"a","start":"auto","attrs":[["a"]]}',
    "entry 0 of 'attrs' is not an object with one field",
  ],
  [
    "a value that is a number",
    '{"mdev_type":"a","start":"auto","attrs":[{"a":1}]}',
    "entry 0 of 'attrs': the value of 'a' is not a string",
  ],
  [
    "a value that is null",
    '{"mdev_type":"a","start":"auto","attrs":[{"a":null}]}',
    "entry 0 of 'attrs': the value of 'a' is not a string",
  ],
])("%s is refused, and the message says where the problem is", (_what, text, message) => {
  expect(() => parseConfiguration(text)).toThrow(new JsonError(message));
});

const anyText = fc.string({ unit: "binary" });
const anyAttribute = fc.record({ name: anyText, value: anyText });
const anyConfiguration = fc.record({
  type: anyText,
  start: fc.constantFrom("auto", "manual"),
  attributes: fc.array(anyAttribute),
});

test("a configuration is read back as it was written", () => {
  fc.assert(
    fc.property(anyConfiguration, (configuration) => {
      expect(parseConfiguration(formatConfiguration(configuration))).toEqual(configuration);
    }),
  );
});

test("any JSON is either a configuration or refused with a JsonError", () => {
  const fields = fc.record(
    { mdev_type: fc.jsonValue(), start: fc.jsonValue(), attrs: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fields), (value) => {
      try {
        const { type, start, attributes } = parseConfiguration(JSON.stringify(value));
        expect(value).toMatchObject({ mdev_type: type });
        expect(start).toBe(Object.getOwnPropertyDescriptor(value, "start")?.value === "auto" ? "auto" : "manual");
        expect(attributes.every((attribute) => typeof attribute.value === "string")).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError);
      }
    }),
    { numRuns: 300 },
  );
});

test("attributes keep their order, and a name may occur many times", () => {
  const entries = [{ b: "1" }, { a: "2" }, { b: "1" }, { "power/control": "on" }];
  expect(parseAttributes(entries)).toEqual([
    { name: "b", value: "1" },
    { name: "a", value: "2" },
    { name: "b", value: "1" },
    { name: "power/control", value: "on" },
  ]);
});
