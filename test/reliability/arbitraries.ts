// The inputs of the fuzzing: command lines made of the commands' own options, definitions and scripts' answers in their
// proper form, and damaged ones. "@root" in a word stands for the root of the machine.

import fc from "fast-check";
import { type Option, takesValue } from "../../src/cli/command.ts";
import { loadCommands } from "../../src/commands.ts";
import type { Outcome } from "../../src/system.ts";

/** Defined; active; both; defined under two parents. */
export const [defined, active, both, twice] = [
  "11111111-1111-4111-8111-111111111111",
  "22222222-2222-4222-8222-222222222222",
  "33333333-3333-4333-8333-333333333333",
  "abcdefab-cdef-4abc-8def-abcdefabcdef",
] as const;
export const fresh = "99999999-9999-4999-8999-999999999999";

const commands = await loadCommands();
const options: readonly Option[] = commands.flatMap((command) => command.options);
const junk = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "-",
    "--",
    "scripts.d",
    "../outside",
    "../../../outside",
    "/outside/file",
    "a/b",
    "x".repeat(300),
    "\0",
    "\ufffd",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

const uuids = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<string>(defined, active, both, twice, fresh) },
  fc.uuid(),
  fc.constantFrom(`{${defined}}`, `urn:uuid:${both}`, active.replaceAll("-", ""), twice.toUpperCase(), `${defined}0`),
);
const parents = fc.constantFrom("mtty", "matrix", "MTTY", "new");

const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  UUID: uuids,
  PARENT: parents,
  "UUID|PARENT": fc.oneof(uuids, parents),
  "PARENT|UUID": fc.oneof(uuids, parents),
  CODE: fc.constantFrom("unread", "not-started,parent-missing", "unred"),
  SEVERITY: fc.constantFrom("error", "warning", "info"),
  TYPE: fc.constantFrom("mtty-1", "mtty-2", "vfio_ap-passthrough", "other"),
  CARD: fc.constantFrom("0000:82:00.0", "mtty"),
  "NAME=VALUE": fc.constantFrom("pool=a", "pool=a,zone=", "pool"),
  "NUMBER=CARD": fc.constantFrom("0=0000:82:00.0", "0=", "x"),
  SECONDS: fc.constantFrom("1", "60", "0"),
  FILE: fc.constantFrom(
    "@root/state/good.yaml",
    "@root/state",
    "@root/json/good",
    "@root/json/bad",
    "@root/json",
    "@root/none",
    "/outside/file",
  ),
  NAME: fc.constantFrom("assign_adapter", "power/control", "../x", "a//b", "/a", "__proto__", "12"),
  N: fc.oneof(
    fc.integer({ min: -2, max: 5 }).map(String),
    fc.constantFrom("4294967295", "4294967296", "1e3", "0x1", " 1"),
  ),
};

/** Options that name a file to be written, which has to be inside. */
const outputs = ["output", "metrics"];

function writesInside(words: readonly string[]): boolean {
  return words.every((word, at) => {
    const [, name = "", value = words[at + 1] ?? ""] = /^--(\w+)(?:=(.*))?$/s.exec(word) ?? [];
    return !outputs.includes(name) || value.startsWith("@root/");
  });
}

function wordsFor(option: Option): fc.Arbitrary<string[]> {
  const short = option.short === undefined ? `--${option.name}` : `-${option.short}`;
  if (!takesValue(option)) return fc.constantFrom([`--${option.name}`], [short]);
  const value = outputs.includes(option.name)
    ? fc.constantFrom("@root/out.prom", "@root/state", "@root/none/out.prom")
    : fc.oneof({ weight: 8, arbitrary: values[option.placeholder] ?? junk }, junk);
  return value.chain((text) =>
    fc.constantFrom([`--${option.name}`, text], [`--${option.name}=${text}`], [short, text], [`${short}${text}`]),
  );
}

/** Command lines that make sense. */
const meant = fc.constantFrom(...commands.filter(({ name }) => name !== "sandbox")).chain((command) => {
  const { name, operand, options } = command;
  const withoutOperand = chooseOptions(options).map((words) => [name, ...words]);
  if (operand === undefined) return withoutOperand;
  const word = values[operand.placeholder] ?? junk;
  const text = operand.optional ? fc.oneof(word, beginningOf(word)) : word;
  const others = options.filter((option) => option.name !== operand.name);
  const withOperand = fc.tuple(chooseOptions(others), text).map(([words, last]) => [name, ...words, last]);
  return operand.optional ? fc.oneof(withoutOperand, withOperand) : withOperand;
});

function chooseOptions(options: readonly Option[]): fc.Arbitrary<string[]> {
  return fc
    .subarray([...options])
    .chain((some) => fc.tuple(...some.map(wordsFor)))
    .map((chosen) => chosen.flat());
}

function beginningOf(word: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(word, fc.nat({ max: 20 })).map(([text, length]) => text.slice(0, length));
}

/** Command lines that make no sense; without `sandbox`, which writes wherever it is told to. */
const wild = fc
  .tuple(
    fc.constantFrom(...commands.map(({ name }) => name), "help", "--version", "-Vh", "lsmdev", "", "defin"),
    fc.array(
      fc.oneof(
        fc.constantFrom(...options).chain(wordsFor),
        junk.map((text) => [text]),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([command, words]) => [command, ...words.flat()])
  .filter(([command]) => command !== "sandbox");

export const commandLine = fc.oneof({ weight: 4, arbitrary: meant }, wild).filter(writesInside);

/** Without those that go on until a signal comes, or read what we read. */
export const endingLine = commandLine.filter(
  (words) => words[0] !== "monitor" && !words.includes("--watch") && !words.includes("-"),
);

export const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("\0", "..", "../../../outside", "a/b", "x".repeat(300)),
);
const someJson = fc.jsonValue({ maxDepth: 3 });
export const attributesLike = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.dictionary(text, text, { minKeys: 1, maxKeys: 1 }), { maxLength: 3 }) },
  fc.array(fc.oneof(fc.dictionary(text, someJson, { maxKeys: 2 }), someJson), { maxLength: 3 }),
  someJson,
);
export const definitionLike = fc.record(
  {
    mdev_type: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("mtty-1", "mtty-2") }, text, someJson),
    start: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("auto", "manual") }, someJson),
    attrs: attributesLike,
    other: someJson,
  },
  { requiredKeys: [] },
);

/** JSON of such values, JSON with something cut out or put in, or any text. */
export function jsonOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const whole = value.map((each) => JSON.stringify(each) ?? "");
  const damaged = fc.tuple(
    whole,
    fc.nat(),
    fc.nat({ max: 4 }),
    fc.oneof(fc.constantFrom("", "\\ud800", '"', "{", ",", "\\"), text),
  );
  return fc.oneof(
    { weight: 5, arbitrary: whole },
    { weight: 3, arbitrary: damaged.map(([json, at, gone, put]) => cut(json, at % (json.length + 1), gone, put)) },
    fc.json({ maxDepth: 4 }),
    text,
  );
}

function cut(json: string, at: number, gone: number, put: string): string {
  return json.slice(0, at) + put + json.slice(at + gone);
}

const name = fc
  .array(
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((part) => !/[/\0]/.test(part) && !/^\.\.?$/.test(part)),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("/"));
const goodText = fc.string({ unit: "grapheme", maxLength: 20 });
export const goodDefinition = fc.record({
  mdev_type: name.filter((each) => !each.includes("/")),
  start: fc.constantFrom("auto", "manual"),
  attrs: fc.array(fc.tuple(name, goodText).map(([key, value]) => ({ [key]: value }))),
});

const end: fc.Arbitrary<Outcome["end"]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ status: 0 }) },
  fc.constantFrom(1, 2, 3, 255).map((status) => ({ status })),
  fc.constantFrom({ signal: "SIGKILL" }, { exceeded: "time" } as const, { exceeded: "output" } as const),
);

export function outcomeWith(answer: fc.Arbitrary<string>): fc.Arbitrary<Outcome> {
  const stdout = fc.oneof({ weight: 9, arbitrary: answer }, fc.constant(undefined));
  return fc.record({ end, stdout, stderr: fc.oneof(fc.constant(""), text) });
}

const actions = ["start", "stop", "define", "undefine", "modify", "attributes", "capabilities"];
const events = ["pre", "post", "notify", "get", "live"];
const namesLike = (names: readonly string[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.subarray([...names]) }, fc.array(text), someJson);
export const capabilitiesLike = fc.record(
  {
    supports: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          version: fc.oneof(fc.constant(2), someJson),
          actions: namesLike(actions),
          events: namesLike(events),
        }),
      },
      someJson,
    ),
    other: someJson,
  },
  { requiredKeys: [] },
);
