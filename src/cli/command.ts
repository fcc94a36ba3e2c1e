// What a command of mdevctl is: a value. Parsing, help, completions and the manual's check all read it.

import type { Host } from "../host.ts";

/** An option that is given or not. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly summary: string;
}

/** An option with a value. */
export interface ValueOption<T> extends Flag {
  /** What stands for the value in the help, and what shells complete: `UUID`, `PARENT`, `TYPE`, `FILE`. */
  readonly placeholder: string;
  /** Only validates and converts; throws a UserError that says what is wrong with the value, without naming the option. */
  parse(text: string): T;
}

export type Option = Flag | ValueOption<unknown>;

/** A rule between options, by their names. */
export type Rule =
  | { readonly required: string }
  | { readonly anyOf: readonly string[] }
  | { readonly oneOf: readonly string[] }
  | { readonly option: string; readonly requires: string }
  | { readonly option: string; readonly excludes: readonly string[] };

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Paragraphs for the help below the summary. */
  readonly description: string;
  /** An argument that is not an option, always required. */
  readonly operand?: ValueOption<string>;
  readonly options: readonly Option[];
  readonly rules: readonly Rule[];
  /** The name of the program that is this command alone, as in `lsmdev` for `mdevctl list`. */
  readonly program?: string;
  /** Not shown in the list of commands: for programs, not for people. */
  readonly hidden?: true;
  run(host: Host, given: Given): Promise<void> | void;
}

/** What was given on the command line, validated. */
export interface Given {
  has(option: Flag): boolean;
  get<T>(option: ValueOption<T>): T | undefined;
  /** The value of an option that the command's rules require. */
  required<T>(option: ValueOption<T>): T;
}

export function takesValue(option: Option): option is ValueOption<unknown> {
  return "placeholder" in option;
}
