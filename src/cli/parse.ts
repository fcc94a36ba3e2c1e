// Parses a command line into what was given for a command. It only validates: nothing is looked up or done here.

import { UsageError, UserError } from "../errors.ts";
import { type Command, type Given, type Option, type Rule, takesValue, type ValueOption } from "./command.ts";
import { closest } from "./suggest.ts";

export type Parsed = { readonly request: "help" | "version" } | { readonly request: "run"; readonly given: Given };

/** Throws a UsageError. A request for help wins over whatever is missing or in conflict. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const texts = new Map<string, string>();
  const words = args.values();
  let onlyOperands = false;

  for (const word of words) {
    if (!onlyOperands && word === "--") {
      onlyOperands = true;
    } else if (!onlyOperands && word.startsWith("--")) {
      const [name, value] = split(word.slice(2));
      if (name === "help" && value === undefined) return { request: "help" };
      if (name === "version" && value === undefined && command.program !== undefined) return { request: "version" };
      const option = command.options.find((candidate) => candidate.name === name);
      if (option === undefined) throw unknownOptionError(command, `--${name}`);
      accept(option, value, `--${name}`);
    } else if (!onlyOperands && word.startsWith("-") && word !== "-") {
      const request = acceptShort(word.slice(1));
      if (request !== undefined) return { request };
    } else {
      acceptOperand(word);
    }
  }
  const { operand } = command;
  if (operand !== undefined && !texts.has(operand.name)) throw usageError(command, `${operand.placeholder} is missing`);
  for (const rule of command.rules) ensureRule(command, rule, (name) => texts.has(name));
  return { request: "run", given: createGiven(texts) };

  /** A cluster of short options: flags, and perhaps a last one with a value, as in `-dvuUUID`. */
  function acceptShort(cluster: string): "help" | "version" | undefined {
    for (let at = 0; at < cluster.length; at++) {
      const letter = cluster.charAt(at);
      if (letter === "h") return "help";
      if (letter === "V" && command.program !== undefined) return "version";
      const option = command.options.find((candidate) => candidate.short === letter);
      if (option === undefined) throw unknownOptionError(command, `-${letter}`);
      const rest = cluster.slice(at + 1);
      if (takesValue(option)) {
        accept(option, rest === "" ? undefined : rest.replace(/^=/, ""), `-${letter}`);
        return undefined;
      }
      if (rest.startsWith("=")) throw usageError(command, `-${letter} takes no value`);
      accept(option, undefined, `-${letter}`);
    }
    return undefined;
  }

  function accept(option: Option, value: string | undefined, spelling: string): void {
    if (texts.has(option.name)) throw usageError(command, `${spelling} is given twice`);
    if (!takesValue(option)) {
      if (value !== undefined) throw usageError(command, `${spelling} takes no value`);
      texts.set(option.name, "");
      return;
    }
    const text = value ?? nextValue();
    if (text === undefined) throw usageError(command, `${spelling} needs a value: ${spelling} ${option.placeholder}`);
    ensureValue(option, text, spelling);
    texts.set(option.name, text);
  }

  function nextValue(): string | undefined {
    const next = words.next();
    return next.done || (next.value.startsWith("-") && next.value.length > 1) ? undefined : next.value;
  }

  function acceptOperand(word: string): void {
    const { operand } = command;
    if (operand === undefined || texts.has(operand.name)) throw usageError(command, `unexpected argument '${word}'`);
    ensureValue(operand, word, operand.placeholder);
    texts.set(operand.name, word);
  }

  function ensureValue(option: ValueOption<unknown>, text: string, spelling: string): void {
    if (text.includes("\ufffd")) throw usageError(command, `${spelling}: '${text}' is not valid UTF-8`);
    try {
      option.parse(text);
    } catch (error) {
      throw error instanceof UserError ? usageError(command, `${spelling}: ${error.message}`) : error;
    }
  }
}

function split(word: string): [string, string | undefined] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function createGiven(texts: ReadonlyMap<string, string>): Given {
  function get<T>(option: ValueOption<T>): T | undefined {
    const text = texts.get(option.name);
    return text === undefined ? undefined : option.parse(text);
  }
  return {
    has: (option) => texts.has(option.name),
    get,
    required: (option) => {
      const value = get(option);
      if (value === undefined) throw new Error(`no rule requires --${option.name}`);
      return value;
    },
  };
}

function ensureRule(command: Command, rule: Rule, isGiven: (name: string) => boolean): void {
  const problem = problemOfRule(rule, isGiven);
  if (problem !== undefined) throw usageError(command, problem);
}

function problemOfRule(rule: Rule, isGiven: (name: string) => boolean): string | undefined {
  if ("required" in rule) return isGiven(rule.required) ? undefined : `--${rule.required} is missing`;
  if ("anyOf" in rule) return rule.anyOf.some(isGiven) ? undefined : `one of ${joinOptions(rule.anyOf)} is needed`;
  if ("oneOf" in rule) {
    const present = rule.oneOf.filter(isGiven);
    if (present.length === 0) return `one of ${joinOptions(rule.oneOf)} is needed`;
    return present.length === 1 ? undefined : `${joinOptions(present, "and")} exclude each other`;
  }
  if (!isGiven(rule.option)) return undefined;
  if ("requires" in rule) return isGiven(rule.requires) ? undefined : `--${rule.option} needs --${rule.requires}`;
  const excluded = rule.excludes.find(isGiven);
  return excluded === undefined ? undefined : `--${rule.option} and --${excluded} exclude each other`;
}

function joinOptions(names: readonly string[], conjunction = "or"): string {
  const options = names.map((name) => `--${name}`);
  return `${options.slice(0, -1).join(", ")} ${conjunction} ${options.at(-1)}`;
}

function unknownOptionError(command: Command, spelling: string): UsageError {
  const names = command.options.map((option) => `--${option.name}`);
  const meant = spelling.startsWith("--") ? closest(spelling, names) : undefined;
  return new UsageError(
    `${command.name} has no option '${spelling}'`,
    meant === undefined ? `see 'mdevctl ${command.name} --help'` : `did you mean '${meant}'?`,
  );
}

function usageError(command: Command, problem: string): UsageError {
  return new UsageError(`${command.name}: ${problem}`, `see 'mdevctl ${command.name} --help'`);
}
