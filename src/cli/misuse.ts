// What to do about a wrong command line: the option or command that was probably meant, or how to write what was typed.

import { UsageError, UserError } from "../errors.ts";
import { quoteForShell } from "../quote.ts";
import { askForMeant, suggestNames } from "../suggest.ts";
import { parseUuid } from "../uuid.ts";
import type { Command, ValueOption } from "./command.ts";
import type { Mistake, Misuse } from "./parse.ts";

export function misuseError(command: Command, args: readonly string[], { message, about }: Misuse): UsageError {
  const hint = hintAboutDash(command, args) ?? hintAbout(command, args, about);
  return new UsageError(`${command.name}: ${message}`, hint ?? `See 'mdevctl ${command.name} --help'.`);
}

function hintAbout(command: Command, args: readonly string[], about: Mistake): string | undefined {
  const { unknownOption, wrongArgument, next, hint } = about;
  if (unknownOption !== undefined) return hintAboutOption(command, unknownOption);
  if (wrongArgument !== undefined) return hintAboutArgument(command, args, wrongArgument) ?? hint;
  return next === undefined || isOption(command, next.word) ? hint : hintAboutValue(next);
}

/** `-parent` means `-p arent`. */
function hintAboutDash({ options }: Command, args: readonly string[]): string | undefined {
  const typed = args.map((word) => word.replace(/=.*/s, ""));
  const meant = options.find(({ name }) => typed.includes(`-${name}`));
  return meant === undefined ? undefined : askForMeant([`--${meant.name}`]);
}

function hintAboutOption({ options, program }: Command, spelling: string): string | undefined {
  if (spelling.startsWith("--")) {
    const names = [...options.map(({ name }) => name), "help", ...(program === undefined ? [] : ["version"])];
    return suggestNames(
      spelling,
      names.map((name) => `--${name}`),
    );
  }
  const letters = options.flatMap(({ short }) => (short === undefined ? [] : [`-${short}`]));
  return letters.includes(spelling.toLowerCase()) ? suggestNames(spelling, letters) : undefined;
}

function hintAboutArgument({ options, operand }: Command, args: readonly string[], word: string): string | undefined {
  if (word === "help") return askForMeant(["--help"]);
  const name = parseUuid(word) === undefined ? "parent" : "uuid";
  const option = options.find((candidate) => candidate.name === name);
  if (option === undefined || name === operand?.name) return undefined;
  // Digits are hardly a parent's name, and later words may belong to whatever stands before them.
  if (name === "parent" && (/^[0-9a-f-]*$/i.test(word) || args[0] !== word)) return undefined;
  const isGiven = args.some((other) => other.startsWith(`--${name}`) || other.startsWith(`-${option.short}`));
  return isGiven ? undefined : askForMeant([`--${name} ${quoteForShell(word)}`]);
}

function hintAboutValue({ word, option, spelling }: NonNullable<Mistake["next"]>): string {
  const hint = `A value that begins with '-' is written '${spelling}=${word}'`;
  const problem = problemOfValue(option, word);
  return problem === undefined ? `${hint}.` : `${hint}, but ${problem}.`;
}

function problemOfValue(option: ValueOption<unknown>, text: string): string | undefined {
  try {
    option.parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function isOption({ options }: Command, word: string): boolean {
  const isLong = word.startsWith("--");
  const name = isLong ? word.slice(2).replace(/=.*/s, "") : word.charAt(1);
  if (["", "help", "h"].includes(name)) return true;
  return options.some((option) => (isLong ? option.name : option.short) === name);
}

/** What other programs call the same. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  list: ["ls", "show", "ps"],
  status: ["info", "stat", "top", "overview", "capacity"],
  define: ["create", "add", "new"],
  start: ["create", "add", "new", "run"],
  undefine: ["remove", "rm", "delete", "del"],
  stop: ["remove", "rm", "delete", "del", "destroy", "kill", "detach"],
  modify: ["edit", "set", "change", "update"],
  doctor: ["check", "diagnose", "validate", "why"],
  help: ["-?"],
  "--version": ["-v"],
};

/** `args` begin with what is no command. */
export function unknownCommandError(args: readonly string[], commands: readonly Command[]): UsageError {
  const [word = "", ...rest] = args;
  const isOption = /^-[^-]|^--./.test(word);
  const names = commands.map(({ name }) => name);
  const at = rest.findIndex((other) => names.includes(other));
  if (isOption && at >= 0) {
    const line = [...rest.splice(at, 1), word, ...rest].map(quoteForShell).join(" ");
    return new UsageError(`option '${word}' comes before the command`, `Options follow the command: mdevctl ${line}`);
  }
  const meant = Object.keys(otherWords).filter((name) => otherWords[name]?.includes(word));
  const shown = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
  const hint = meant.length > 0 ? askForMeant(meant) : suggestNames(word, [...shown, "help", "--version"]);
  const problem = `there is no ${isOption ? "option" : "command"} '${word}'`;
  return new UsageError(problem, hint ?? "See 'mdevctl --help'.");
}
