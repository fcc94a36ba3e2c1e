// A command of mdevctl is a value: parsing, help, completions and the manual's check all read it. `Name` stands for the names
// of its own options, so that asking for any other is a type error.

import type { Host } from "../host.ts";

/** An option that is given or not. */
export interface Flag<Name extends string = string> {
  readonly name: Name;
  readonly short?: string;
  readonly summary: string;
}

/** An option with a value. */
export interface ValueOption<T, Name extends string = string> extends Flag<Name> {
  /** Stands for the value in the help: `UUID`, `FILE`. */
  readonly placeholder: string;
  /** What shells offer for the value; nothing without it. */
  readonly completes?: Candidates;
  /** Only validates and converts; throws a UserError that says what is wrong with the value, without naming the option. */
  parse(text: string): T;
}

/** An argument that is not an option. If it has the name of an option, it is another way to give that. */
export interface Operand<T, Name extends string = string> extends ValueOption<T, Name> {
  /** The rules say whether it is needed. */
  readonly optional?: true;
}

/** What shells offer for a value: something on the host, paths, the names of commands, or these words. */
export type Candidates =
  | "devices"
  | "active-devices"
  | "undefined-devices"
  | "defined-devices"
  | "inactive-devices"
  | "parents"
  | "parents-of-definitions"
  | "parents-of-devices"
  | "subjects"
  | "types"
  | "checks"
  | "files"
  | "directories"
  | "commands"
  | readonly string[];

export type Option<Name extends string = string> = Flag<Name> | ValueOption<unknown, Name>;

/** A rule between options. */
export type Rule<Name extends string = string> =
  | { readonly required: Name }
  | { readonly anyOf: readonly Name[] }
  | { readonly oneOf: readonly Name[] }
  | { readonly option: Name; readonly requires: Name }
  | { readonly option: Name; readonly excludes: readonly Name[] };

export interface Command<Name extends string = string> {
  readonly name: string;
  readonly summary: string;
  /** For the help below the summary, which breaks it into lines. */
  readonly description: string;
  /** What may follow the name of the command; `$UUID` stands for the UUID of a device. */
  readonly examples: readonly string[];
  readonly operand?: Operand<string, Name>;
  readonly options: readonly Option<Name>[];
  readonly rules: readonly Rule<NoInfer<Name>>[];
  /** The name of the program that is this command alone: `lsmdev` for `mdevctl list`. */
  readonly program?: string;
  /** Not shown in the list of commands: for programs, not for people. */
  readonly hidden?: true;
  /** What it returns is the exit status, 0 without any. */
  run(host: Host, given: Given<NoInfer<Name>>): Promise<number> | Promise<void> | number | void;
}

/** The command itself; its type knows the names of its options. */
export function createCommand<const Name extends string>(command: Command<Name>): Command<Name> {
  return command;
}

export function createFlag<const Name extends string>(
  name: Name,
  short: string | undefined,
  summary: string,
): Flag<Name> {
  return short === undefined ? { name, summary } : { name, short, summary };
}

/** What was given on the command line, validated. A function that reads some of it names only those options. */
export interface Given<Name extends string = string> {
  has(option: Flag<Name>): boolean;
  get<T>(option: ValueOption<T, Name>): T | undefined;
  /** The value of an option or an operand that the command requires. */
  required<T>(option: ValueOption<T, Name>): T;
  /** How the option was typed, `-u` or `--uuid`; the long name if it was not. An operand is its placeholder. */
  spellingOf(option: Flag<Name>): string;
}

export function takesValue(option: Option): option is ValueOption<unknown> {
  return "placeholder" in option;
}
