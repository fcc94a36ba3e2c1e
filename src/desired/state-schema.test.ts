// docs/state.schema.json, by which editors check files while they are written, and the program agree.

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { CORE_SCHEMA, load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { readGroups } from "./file.ts";
import { formatState } from "./state.ts";

const isState = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(readFileSync("docs/state.schema.json", "utf8")));

/** What a schema is held to: YAML 1.2 with its numbers, truth values and null. */
function accepts(text: string): { schema: boolean; program: boolean } {
  return { schema: isState(load(text, { schema: CORE_SCHEMA })), program: isRead(text) };
}

function isRead(text: string): boolean {
  try {
    readGroups({ name: "f", text });
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

interface Values {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const uuid = "8500d1a2-6d5c-4a3c-8f0e-2f6b1c9d0e47";
const truth: Values = {
  good: ["true", "false", '"true"', '"false"'],
  bad: ["yes", "1", "maybe", "", "[]", "{}", '""'],
};
const names: Values = {
  good: ["c", "12", "a b", '"12"', "...", ".hidden"],
  bad: ["", '""', ".", "..", "a/b", "[c]", '"a\\0b"', "x".repeat(256)],
};
const texts: Values = {
  good: ["a", '"a"', "1", "-1", "0xab", "1e3", "1.5", "true", "null", "~", "", '""', "a=b/c"],
  bad: ["[a]", "{a: b}", "[]", "{}"],
};

const fieldsOfDevice: Readonly<Record<string, Values>> = {
  type: { good: [...names.good, "NVIDIA L40S-8Q"], bad: names.bad },
  count: { good: ["1", "4", '"4"', "65536"], bad: ["0", "-1", "4.5", "65537", '"x"', "", "[]", "true"] },
  uuid: {
    good: [uuid, uuid.toUpperCase(), `"{${uuid}}"`, `urn:uuid:${uuid}`, uuid.replaceAll("-", "")],
    bad: ["", "x", uuid.slice(1), `${uuid}0`, `"{${uuid}"`, `"{${uuid.replaceAll("-", "")}}"`, "[]", "1"],
  },
  vf: { good: ["0", "3", '"3"', "999999"], bad: ["-1", "1.5", '"01"', "1000000", "", "[0]", "any", "true"] },
  start: { good: ["auto", "manual", '"auto"'], bad: ["Auto", "", "true", "[]", "always"] },
  active: truth,
  attrs: {
    good: ["[]", "[{a: b}]", "[{a: b}, {a: c}]", "[{a/b.c: 1}]", ...texts.good.map((text) => `[{a: ${text}}]`)],
    bad: [
      ...["", "{}", "{a: b}", "a", "[a]", "[[a]]", "[{}]", "[{a: b, c: d}]"],
      ...['[{"": b}]', "[{..: b}]", "[{a/..: b}]", "[{/a: b}]", "[{a//b: c}]", "[{a/: c}]"],
      ...texts.bad.map((text) => `[{a: ${text}}]`),
    ],
  },
  unknown: { good: [], bad: ["1", "", "null"] },
};

const fieldsOfCard: Readonly<Record<string, Values>> = {
  card: {
    good: [...names.good, "0000:82:00.0", '{id: "10de:26b9"}', '{id: "10DE:26B9"}'],
    bad: [
      ...names.bad,
      "scripts.d",
      "{}",
      '{id: ""}',
      "{id: 10de}",
      '{id: "10de:26b"}',
      '{id: "10de:26b9", x: 1}',
      "{driver: d}",
    ],
  },
  when: {
    good: [
      "{}",
      "{host: a}",
      '{host: "gpu-*"}',
      "{host: 12}",
      "{label: {}}",
      "{host: a, label: {a: b, c: d}}",
      ...texts.good.map((text) => `{label: {a: ${text}}}`),
    ],
    bad: [
      "",
      "a",
      "[]",
      "{hosts: a}",
      '{host: ""}',
      "{host: [a]}",
      "{host: }",
      "{label: a}",
      "{label: }",
      "{label: [a]}",
      ...texts.bad.map((text) => `{label: {a: ${text}}}`),
    ],
  },
  vfs: truth,
  "mixed-sizes": truth,
  devices: { good: ["[]", "[{type: t}, {type: t}]"], bad: ["", "{}", "t", "[t]", "[[]]", "[{}]", "[{type: t}, {}]"] },
  unknown: { good: [], bad: ["1", ""] },
};

const fieldsOfParent: Readonly<Record<string, Values>> = {
  parent: {
    good: [...names.good, "{driver: i915}", "{driver: 12}"],
    bad: [
      ...names.bad,
      "scripts.d",
      "{}",
      "{driver: }",
      "{driver: a/b}",
      "{driver: [d]}",
      "{driver: d, x: 1}",
      "{id: a}",
    ],
  },
  vfs: { good: [], bad: ["true", "false"] },
  "mixed-sizes": { good: [], bad: ["true", "false"] },
  devices: {
    good: ["[]", "[{type: t}]", `[{type: t, uuid: ${uuid}}]`],
    bad: ["[{type: t, vf: 0}]", "[{type: t}, {type: t, vf: 0}]"],
  },
};

const fieldsOfFile: Readonly<Record<string, Values>> = {
  version: { good: ["1", '"1"'], bad: ["2", "0", "v1", "true", "", "[1]"] },
  groups: {
    good: ["[]", "[{card: c, devices: []}, {parent: p, devices: []}]"],
    bad: [
      "",
      "{}",
      "x",
      "[x]",
      "[{}]",
      "[[]]",
      "[{devices: []}]",
      "[{card: c}]",
      "[{card: c, parent: p, devices: []}]",
      "[{parent: p, devices: []}, {}]",
    ],
  },
  unknown: { good: [], bad: ["1", ""] },
};

const deviceRules: Values = {
  good: [
    `{type: t, count: 1, uuid: ${uuid}, vf: 0}`,
    `{type: t, count: "1", uuid: ${uuid}}`,
    `{type: t, uuid: ${uuid}, vf: 3, start: manual, active: true, attrs: [{a: b}]}`,
  ],
  bad: [`{type: t, count: 2, uuid: ${uuid}}`, "{type: t, count: 2, vf: 0}", `{type: t, count: "4", uuid: ${uuid}}`],
};

type Case = readonly [text: string, isGood: boolean];
const write = (fields: Readonly<Record<string, string>>) =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ")}}`;
const casesOf = ({ good, bad }: Values, wrap: (value: string) => string): Case[] => [
  ...good.map((value): Case => [wrap(value), true]),
  ...bad.map((value): Case => [wrap(value), false]),
];
/** Each field with each of its values, beside others that are right. */
const vary = (
  fields: Readonly<Record<string, Values>>,
  others: Readonly<Record<string, string>>,
  wrap: (map: string) => string,
) =>
  Object.entries(fields).flatMap(([name, values]) =>
    casesOf(values, (value) => wrap(write({ ...others, [name]: value }))),
  );

const fileWith = (group: string) => write({ version: "1", groups: `[${group}]` });
const deviceOfCard = (device: string) => fileWith(write({ card: "c", devices: `[${device}]` }));
const cases: readonly Case[] = [
  ...vary(fieldsOfFile, { version: "1", groups: "[]" }, (map) => map),
  ...vary(fieldsOfCard, { card: "c", devices: "[]" }, fileWith),
  ...vary(fieldsOfParent, { parent: "p", devices: "[]" }, fileWith),
  ...vary(fieldsOfDevice, { type: "t" }, deviceOfCard),
  ...casesOf(deviceRules, deviceOfCard),
  ...["{version: 1}", "{groups: []}", "{}", "[]", "x"].map((text): Case => [text, false]),
];

describe(`the schema and the program agree on ${cases.length} files`, () => {
  test.each(cases)("%s: %j", (text, isGood) => {
    expect(accepts(text)).toEqual({ schema: isGood, program: isGood });
  });
});

test("there are many of both kinds", () => {
  expect(cases.filter(([, isGood]) => isGood).length).toBeGreaterThan(80);
  expect(cases.filter(([, isGood]) => !isGood).length).toBeGreaterThan(120);
});

test.each(["{count: 4.0}", "{count: 0x4}", "{vf: 01}", "{vf: +1}", "{active: True}", "{active: FALSE}"])(
  "how a value is written is seen by the program alone, which takes one spelling: %s",
  (field) => {
    const text = deviceOfCard(field.replace("{", "{type: t, "));
    expect(accepts(text)).toEqual({ schema: true, program: false });
  },
);

test("what mdevctl writes is as the schema has it", () => {
  const devices = [{ type: "12", uuid, vf: 0, start: "manual", active: true, attrs: [{ a: "null" }] }] as const;
  const text = formatState(
    { version: 1, groups: [{ card: "0000:41:00.0", "mixed-sizes": true, devices }] },
    () => ({}),
  );
  expect(accepts(text)).toEqual({ schema: true, program: true });
});
