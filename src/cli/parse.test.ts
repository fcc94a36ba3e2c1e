import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import type { Command, Flag, ValueOption } from "./command.ts";
import { Misuse, parse } from "./parse.ts";

const loud: Flag = { name: "loud", short: "l", summary: "" };
const fast: Flag = { name: "fast", short: "f", summary: "" };
const size: ValueOption<number> = {
  name: "size",
  short: "s",
  placeholder: "N",
  summary: "",
  parse: (text) => {
    if (!/^\d+$/.test(text)) throw new UserError(`'${text}' is not a number`);
    return Number(text);
  },
};
const label: ValueOption<string> = {
  name: "label",
  short: "t",
  placeholder: "TEXT",
  summary: "",
  parse: (text) => text,
};
const place: ValueOption<string> = {
  name: "place",
  placeholder: "PLACE",
  summary: "",
  parse: (text) => {
    if (text === "") throw new UserError("it is empty");
    return text;
  },
};

const paint: Command = {
  name: "paint",
  summary: "Paint",
  description: "",
  examples: [],
  options: [loud, fast, size, label],
  rules: [],
  run: () => {},
};
const walk: Command = { ...paint, name: "walk", operand: place };
/** --size can also be given as the operand. */
const cut: Command = { ...paint, name: "cut", operand: { ...label, name: "size", placeholder: "N", optional: true } };

/** The values of the options and the operand. */
function parseGiven(command: Command, ...args: string[]) {
  const parsed = parse(command, args);
  if (parsed.request !== "run") return parsed.request;
  const { has, get } = parsed.given;
  return { loud: has(loud), fast: has(fast), size: get(size), label: get(label), place: get(place) };
}

/** The error about a command line, or undefined if it is understood. */
function findMisuse(command: Command, ...args: string[]): Misuse | undefined {
  try {
    parse(command, args);
    return undefined;
  } catch (error) {
    if (error instanceof Misuse) return error;
    throw error;
  }
}

const nothing = { loud: false, fast: false, size: undefined, label: undefined, place: undefined };

test.each([
  ["", nothing],
  ["--loud", { ...nothing, loud: true }],
  ["-l", { ...nothing, loud: true }],
  ["-lf", { ...nothing, loud: true, fast: true }],
  ["-f -l", { ...nothing, loud: true, fast: true }],
  ["--size 7", { ...nothing, size: 7 }],
  ["--size=7", { ...nothing, size: 7 }],
  ["-s 7", { ...nothing, size: 7 }],
  ["-s7", { ...nothing, size: 7 }],
  ["-s=7", { ...nothing, size: 7 }],
  ["-lfs 7", { ...nothing, loud: true, fast: true, size: 7 }],
  ["-lfs7", { ...nothing, loud: true, fast: true, size: 7 }],
  ["-lfs=7", { ...nothing, loud: true, fast: true, size: 7 }],
  ["--label=a=b", { ...nothing, label: "a=b" }],
  ["-t=a=b", { ...nothing, label: "a=b" }],
  ["--label=", { ...nothing, label: "" }],
  ["--label=--loud", { ...nothing, label: "--loud" }],
  ["-t-l", { ...nothing, label: "-l" }],
  ["--label -", { ...nothing, label: "-" }],
  ["-tlf", { ...nothing, label: "lf" }],
  ["--", nothing],
])("paint %s is understood", (line, expected) => {
  expect(parseGiven(paint, ...line.split(" ").filter((word) => word !== ""))).toEqual(expected);
});

test.each([
  [["here"], "here"],
  [["--loud", "here"], "here"],
  [["--", "here"], "here"],
  [["--", "-here"], "-here"],
  [["--", "--loud"], "--loud"],
  [["-"], "-"],
])("the operand of walk %j is %j", (args, expected) => {
  expect(parseGiven(walk, ...args)).toMatchObject({ place: expected });
});

test.each([
  ["--loud --loud", "--loud is given twice"],
  ["-ll", "-l is given twice"],
  ["-l --loud", "--loud is given twice"],
  ["--size 7 --size 7", "--size is given twice"],
  ["--size=7 -s 8", "-s is given twice"],
  ["--loud=yes", "--loud takes no value"],
  ["--loud=", "--loud takes no value"],
  ["-l=yes", "-l takes no value"],
  ["-lf=yes", "-f takes no value"],
  ["--size", "--size needs a value: --size N"],
  ["-s", "-s needs a value: -s N"],
  ["-ls", "-s needs a value: -s N"],
  ["--size --loud", "--size needs a value: --size N"],
  ["--size -1", "--size needs a value: --size N"],
  ["--label --", "--label needs a value: --label TEXT"],
  ["--size x", "--size: 'x' is not a number"],
  ["--size=", "--size: '' is not a number"],
  ["-s=", "-s: '' is not a number"],
  ["-ss 7", "-s: 's' is not a number"],
  ["--bogus", "there is no option '--bogus'"],
  ["--lou", "there is no option '--lou'"],
  ["--Loud", "there is no option '--Loud'"],
  ["--loudly=1", "there is no option '--loudly'"],
  ["-x", "there is no option '-x'"],
  ["-lx", "there is no option '-x'"],
  ["-L", "there is no option '-L'"],
  ["-V", "there is no option '-V'"],
  ["--version", "there is no option '--version'"],
  ["--help=yes", "--help takes no value"],
  ["here", "unexpected argument 'here'"],
  ["--loud here", "unexpected argument 'here'"],
  ["-", "unexpected argument '-'"],
  ["-- here", "unexpected argument 'here'"],
  ["-- --loud", "unexpected argument '--loud'"],
])("paint %s is wrong usage: %s", (line, message) => {
  expect(findMisuse(paint, ...line.split(" "))?.message).toBe(message);
});

test.each([
  [[], "PLACE is missing"],
  [["here", "there"], "unexpected argument 'there'"],
  [[""], "PLACE: it is empty"],
])("walk %j is wrong usage: %s", (args, message) => {
  expect(findMisuse(walk, ...args)?.message).toBe(message);
});

test.each([[["7"]], [["--size", "7"]], [["-l", "7"]], [["--", "7"]]])(
  "cut %j gives the size, as its operand or as an option",
  (args) => {
    expect(parseGiven(cut, ...args)).toMatchObject({ size: 7 });
  },
);

test("an optional operand can be left out", () => {
  expect(parseGiven(cut)).toEqual(nothing);
});

test.each([
  [["7", "8"], "unexpected argument '8'"],
  [["-s", "7", "8"], "unexpected argument '8'"],
  [["8", "-s", "7"], "unexpected argument '8'"],
  [["-s", "7", "--size", "8"], "--size is given twice"],
])("cut %j is wrong usage: %s", (args, message) => {
  expect(findMisuse(cut, ...args)?.message).toBe(message);
});

const strict: Command = {
  ...walk,
  rules: [{ required: "size" }, { oneOf: ["loud", "fast"] }, { option: "loud", excludes: ["label"] }],
};

test.each(["--help", "-h", "-lh", "--loud --fast --help", "here -h", "--help --bogus", "--help here there"])(
  "strict walk %s asks for help, whatever is missing or in conflict",
  (line) => {
    expect(parseGiven(strict, ...line.split(" "))).toBe("help");
  },
);

test.each(["--bogus --help", "--size x --help", "--loud --loud --help"])(
  "strict walk %s is wrong usage, because the error comes before --help",
  (line) => {
    expect(findMisuse(strict, ...line.split(" "))).toBeDefined();
  },
);

test("nothing after -- asks for help", () => {
  expect(parseGiven(walk, "--", "--help")).toMatchObject({ place: "--help" });
});

test("only a command that is also a program has a version", () => {
  const program: Command = { ...paint, program: "lspaint" };
  expect(parseGiven(program, "--version")).toBe("version");
  expect(parseGiven(program, "-V")).toBe("version");
  expect(parseGiven(program, "-lV")).toBe("version");
});

/** All the ways to write an option with a value. */
function spellings(long: string, short: string, value: string): string[][] {
  return [
    [`--${long}`, value],
    [`--${long}=${value}`],
    [`-${short}`, value],
    [`-${short}${value}`],
    [`-${short}=${value}`],
  ];
}

test("options mean the same in every order and every spelling", () => {
  // Arguments with U+FFFD were not valid UTF-8, and are refused.
  const value = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/^[-=]|\ufffd/.test(text));
  const words = fc.record({
    loud: fc.option(fc.constantFrom(["--loud"], ["-l"]), { nil: undefined }),
    fast: fc.option(fc.constantFrom(["--fast"], ["-f"]), { nil: undefined }),
    size: fc.option(fc.nat(), { nil: undefined }),
    label: fc.option(value, { nil: undefined }),
    spelling: fc.nat({ max: 4 }),
    order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(words, (choice) => {
      const groups = [
        choice.loud,
        choice.fast,
        choice.size === undefined ? undefined : spellings("size", "s", `${choice.size}`)[choice.spelling],
        choice.label === undefined ? undefined : spellings("label", "t", choice.label)[choice.spelling],
      ];
      const ordered = groups
        .map((group, at) => ({ group: group ?? [], key: choice.order[at] ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .flatMap(({ group }) => group);
      expect(parseGiven(paint, ...ordered)).toEqual({
        loud: choice.loud !== undefined,
        fast: choice.fast !== undefined,
        size: choice.size,
        label: choice.label,
        place: undefined,
      });
    }),
    { numRuns: 300 },
  );
});

test("whatever the words, the only error thrown is Misuse", () => {
  const word = fc.oneof(
    fc.constantFrom("-l", "--loud", "--size", "-s", "7", "--", "-", "", "-lfs7", "--label=x", "--help", "here"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.constantFrom(paint, walk, strict), (args, command) => {
      findMisuse(command, ...args);
    }),
    { numRuns: 500 },
  );
});

test("asking for an option that the command does not have is a type error", () => {
  const loudOption = { name: "loud", summary: "" } as const satisfies Flag;
  const fastOption = { name: "fast", summary: "" } as const satisfies Flag;
  const command: Command<"loud"> = {
    name: "paint",
    summary: "",
    description: "",
    examples: [],
    options: [loudOption],
    // @ts-expect-error: the rule is about another option
    rules: [{ required: "fast" }],
    run: (_host, given) => {
      given.has(loudOption);
      // @ts-expect-error: it is not one of the command's options
      given.has(fastOption);
    },
  };
  expect(command.options).toEqual([loudOption]);
});
