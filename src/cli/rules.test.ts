import { expect, test } from "vitest";
import type { Command, Flag, Operand, Rule, ValueOption } from "./command.ts";
import { Misuse, parse } from "./parse.ts";
import { ensureRules } from "./rules.ts";

const loud: Flag = { name: "loud", short: "l", summary: "" };
const fast: Flag = { name: "fast", short: "f", summary: "" };
const size: ValueOption<string> = { name: "size", short: "s", placeholder: "N", summary: "", parse: (text) => text };
const label: ValueOption<string> = { ...size, name: "label", short: "t", placeholder: "TEXT" };

/** What is wrong with a line of a command that has these rules; undefined if nothing is. */
function findProblem(rules: readonly Rule[], line: string, operand?: Operand<string>): string | undefined {
  const options = [loud, fast, size, label];
  const paint: Command = {
    name: "paint",
    summary: "",
    description: "",
    examples: [],
    ...(operand === undefined ? {} : { operand }),
    options,
    rules,
    run: () => {},
  };
  const parsed = parse(
    paint,
    line.split(" ").filter((word) => word !== ""),
  );
  try {
    if (parsed.request === "run") ensureRules(paint, parsed.given);
    return undefined;
  } catch (error) {
    if (error instanceof Misuse) return error.message;
    throw error;
  }
}

const cases: readonly [rules: readonly Rule[], ...[line: string, problem: string | undefined][]][] = [
  [[{ required: "size" }], ["", "--size is missing"], ["-l", "--size is missing"], ["-s 1", undefined]],
  [
    [{ anyOf: ["loud", "size"] }],
    ["", "--loud or --size is needed"],
    ["-f", "--loud or --size is needed"],
    ["-l", undefined],
    ["-s 1", undefined],
    ["-l -s 1", undefined],
  ],
  [
    [{ oneOf: ["loud", "fast", "size"] }],
    ["", "one of --loud, --fast or --size is needed"],
    ["-t x", "one of --loud, --fast or --size is needed"],
    ["-l", undefined],
    ["-s 1", undefined],
    ["-f -l", "-l and -f exclude each other"],
    ["--fast -l", "-l and --fast exclude each other"],
    ["-s 1 -f -l", "-l, -f and -s exclude each other"],
  ],
  [
    [{ oneOf: ["loud", "fast", "size"] }, { option: "label", excludes: ["size"] }],
    ["", "one of --loud, --fast or --size is needed"],
    ["-t x", "-t needs --loud or --fast as well"],
    ["--label x", "--label needs --loud or --fast as well"],
    ["-t x -s 1", "-t and -s exclude each other"],
    ["-t x -l", undefined],
  ],
  [
    [{ option: "loud", requires: "size" }],
    ["", undefined],
    ["-s 1", undefined],
    ["-l", "-l needs --size"],
    ["--loud", "--loud needs --size"],
    ["-l -s 1", undefined],
  ],
  [
    [
      { option: "loud", requires: "size" },
      { option: "size", excludes: ["fast"] },
    ],
    ["-l", "-l needs --size"],
    ["-l --fast", "-l needs --size, which excludes --fast"],
    ["-l -s 1 --fast", "-s and --fast exclude each other"],
  ],
  [
    [{ option: "loud", excludes: ["fast", "size"] }],
    ["-f -s 1", undefined],
    ["-l", undefined],
    ["-l -f", "-l and -f exclude each other"],
    ["--loud --fast", "--loud and --fast exclude each other"],
    ["-s=1 -l", "-l and -s exclude each other"],
    ["--size=1 -l", "-l and --size exclude each other"],
  ],
];

test.each(cases.flatMap(([rules, ...lines]) => lines.map(([line, problem]) => ({ rules, line, problem }))))(
  "under the rules $rules paint $line: $problem",
  ({ rules, line, problem }) => {
    expect(findProblem(rules, line)).toBe(problem);
  },
);

test.each([
  [{ required: "size" }, "", "N is missing"],
  [{ anyOf: ["size", "label"] }, "", "N or --label is needed"],
  [{ required: "size" }, "7", undefined],
  [{ required: "size" }, "-s 7", undefined],
  [{ option: "size", excludes: ["fast"] }, "7 -f", "N and -f exclude each other"],
  [{ option: "size", excludes: ["fast"] }, "-s 7 -f", "-s and -f exclude each other"],
] satisfies [Rule, string, string | undefined][])(
  "where the size can be an operand N, under the rule %j paint %s: %s",
  (rule, line, problem) => {
    expect(findProblem([rule], line, { ...size, optional: true })).toBe(problem);
  },
);
