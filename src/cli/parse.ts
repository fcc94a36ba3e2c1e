// Parses a command line into what was given for a command. It only validates: nothing is looked up or done here. What most
// command lines do not need is elsewhere: rules.ts has the rules between options, misuse.ts what to do about a wrong line.

import { UserError } from "../errors.ts";
import { type Command, type Given, type Option, takesValue, type ValueOption } from "./command.ts";

export type Parsed = { readonly request: "help" | "version" } | { readonly request: "run"; readonly given: Given };

/** The command line is wrong. */
export class Misuse extends Error {
  constructor(
    problem: string,
    /** What misuse.ts can say more about than that. */
    readonly about: Mistake = {},
  ) {
    super(problem);
  }
}

export interface Mistake {
  /** As typed: `--uid`, `-x`. */
  readonly unknownOption?: string;
  /** An argument that is not an option: one too many, or one with a wrong value. */
  readonly wrongArgument?: string | undefined;
  /** What is known about a wrong value. */
  readonly hint?: string | undefined;
  /** What follows an option without a value. */
  readonly next?: { readonly word: string; readonly option: ValueOption<unknown>; readonly spelling: string };
}

/** Throws a Misuse. A request for help wins over whatever is missing or in conflict. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const texts = new Map<string, string>();
  const spellings = new Map<string, string>();
  const words = args.values();
  let onlyOperands = false;

  for (const word of words) {
    if (!onlyOperands && word === "--") {
      onlyOperands = true;
    } else if (!onlyOperands && word.startsWith("--")) {
      const [name, value] = split(word.slice(2));
      if (name === "help" || (name === "version" && command.program !== undefined)) {
        if (value !== undefined) throw new Misuse(`--${name} takes no value`);
        return { request: name };
      }
      const option = command.options.find((candidate) => candidate.name === name);
      if (option === undefined) throw unknownOptionError(`--${name}`);
      accept(option, value, `--${name}`);
    } else if (!onlyOperands && word.startsWith("-") && word !== "-") {
      const request = acceptShort(word.slice(1));
      if (request !== undefined) return { request };
    } else {
      acceptOperand(word);
    }
  }
  const { operand } = command;
  if (operand !== undefined && !operand.optional && !texts.has(operand.name))
    throw new Misuse(`${operand.placeholder} is missing`);
  return { request: "run", given: createGiven(texts, spellings) };

  /** A cluster of short options: flags, and perhaps a last one with a value, as in `-dvuUUID`. */
  function acceptShort(cluster: string): "help" | "version" | undefined {
    for (let at = 0; at < cluster.length; at++) {
      const letter = cluster.charAt(at);
      if (letter === "h") return "help";
      if (letter === "V" && command.program !== undefined) return "version";
      const option = command.options.find((candidate) => candidate.short === letter);
      if (option === undefined) throw unknownOptionError(`-${letter}`);
      const rest = cluster.slice(at + 1);
      if (takesValue(option)) {
        accept(option, rest === "" ? undefined : rest.replace(/^=/, ""), `-${letter}`);
        return undefined;
      }
      if (rest.startsWith("=")) throw new Misuse(`-${letter} takes no value`);
      accept(option, undefined, `-${letter}`);
    }
    return undefined;
  }

  function accept(option: Option, value: string | undefined, spelling: string): void {
    const earlier = texts.get(option.name);
    if (earlier !== undefined) {
      const isOperand = spellings.get(option.name) === command.operand?.placeholder;
      throw isOperand ? unexpectedArgumentError(earlier) : new Misuse(`${spelling} is given twice`);
    }
    spellings.set(option.name, spelling);
    if (!takesValue(option)) {
      if (value !== undefined) throw new Misuse(`${spelling} takes no value`);
      texts.set(option.name, "");
      return;
    }
    const text = value ?? nextValue(option, spelling);
    ensureValue(option, text, spelling);
    texts.set(option.name, text);
  }

  function nextValue(option: ValueOption<unknown>, spelling: string): string {
    const { value: word } = words.next();
    if (word !== undefined && (word === "-" || !word.startsWith("-"))) return word;
    const problem = `${spelling} needs a value: ${spelling} ${option.placeholder}`;
    throw new Misuse(problem, word === undefined ? {} : { next: { word, option, spelling } });
  }

  function acceptOperand(word: string): void {
    const { operand } = command;
    if (operand === undefined || texts.has(operand.name)) throw unexpectedArgumentError(word);
    spellings.set(operand.name, operand.placeholder);
    ensureValue(operand, word, operand.placeholder);
    texts.set(operand.name, word);
  }

  function ensureValue(option: ValueOption<unknown>, text: string, spelling: string): void {
    if (text.includes("\ufffd")) throw new Misuse(`${spelling}: '${text}' is not valid UTF-8`);
    try {
      option.parse(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const wrongArgument = option === command.operand ? text : undefined;
      throw new Misuse(`${spelling}: ${error.message}`, { wrongArgument, hint: error.hint });
    }
  }
}

function split(word: string): [string, string | undefined] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function createGiven(texts: ReadonlyMap<string, string>, spellings: ReadonlyMap<string, string>): Given {
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
    spellingOf: ({ name }) => spellings.get(name) ?? `--${name}`,
  };
}

function unexpectedArgumentError(word: string): Misuse {
  return new Misuse(`unexpected argument '${word}'`, { wrongArgument: word });
}

function unknownOptionError(spelling: string): Misuse {
  return new Misuse(`there is no option '${spelling}'`, { unknownOption: spelling });
}
