// What a shell offers while a command line is typed, from the same values that it is parsed by. completion/ makes a script of
// it for each shell; the script asks mdevctl for devices, parents and types while the user types.

import { type Candidates, type Command, type Option, takesValue } from "./command.ts";

/**
 * Shell commands that write the candidates for a value, one per line, with a description after a tab. `under` expands to
 * `--parent PARENT` if that was typed, else to nothing. The same commands work in bash, zsh and fish.
 */
export function candidateSources(under: string): Readonly<Record<CandidateSource, string>> {
  const active = `mdevctl list ${under} 2>/dev/null`;
  const defined = `mdevctl list --defined ${under} 2>/dev/null`;
  const describe = "sed 's/ /\\t/'";
  const parents = "cut -d ' ' -f 2";
  return {
    "active-devices": `${active} | ${describe}`,
    "undefined-devices": `${active} | grep -v '(defined)$' | ${describe}`,
    "defined-devices": `${defined} | ${describe}`,
    "inactive-devices": `${defined} | grep -v '(active)$' | ${describe}`,
    devices: `${active} | ${describe}; ${defined} | ${describe}`,
    parents: "mdevctl types 2>/dev/null | grep '^[^ ]'",
    "parents-of-definitions": `${defined} | ${parents}`,
    "parents-of-devices": `${active} | ${parents}; ${defined} | ${parents}`,
    types: `mdevctl types ${under} 2>/dev/null | awk '${describedTypes}' | sort -u`,
  };
}

/** From the output of `mdevctl types`: each type with the name that its driver gives it for people. */
const describedTypes =
  '/^  [^ ]/ { if (type) print type; type = $1 } /^    Name: / { sub(/^    Name: /, ""); type = type "\\t" $0 } END { if (type) print type }';

/** What the script asks mdevctl for; the shell knows the rest by itself. */
export type CandidateSource = Exclude<Candidates, "files" | "directories" | "commands">;

/** What to offer for the value of an option or for an operand. */
export type ValueCompletion = Candidates | "nothing";

/** What can be completed for a command: its options, and an operand if it has one. */
export interface Completion {
  readonly command: string;
  readonly summary: string;
  readonly hidden: boolean;
  readonly options: readonly OptionCompletion[];
  readonly operand: ValueCompletion;
  readonly operandName: string;
}

export interface OptionCompletion {
  /** As typed, `--uuid` and perhaps `-u`. */
  readonly spellings: readonly string[];
  readonly summary: string;
  /** Undefined for a flag. */
  readonly placeholder: string | undefined;
  readonly value: ValueCompletion;
  /** Spellings of this and of other options; once one of them was typed, this option is no longer offered. */
  readonly excludedBy: readonly string[];
}

/** In the order of the help, with `help` at the end. */
export function completionsOf(commands: readonly Command[]): Completion[] {
  const help: Completion = {
    command: "help",
    summary: "Show the help, or that of a command",
    hidden: false,
    options: [],
    operand: "commands",
    operandName: "COMMAND",
  };
  return [...commands.map(completionOf), help];
}

function completionOf(command: Command): Completion {
  const { name, summary, operand } = command;
  return {
    command: name,
    summary,
    hidden: command.hidden ?? false,
    options: [
      ...command.options.map((option) => optionCompletion(command, option)),
      {
        spellings: ["--help", "-h"],
        summary: "Show the help of this command",
        placeholder: undefined,
        value: "nothing",
        excludedBy: ["--help", "-h"],
      },
    ],
    operand: operand?.completes ?? "nothing",
    operandName: operand?.placeholder ?? "",
  };
}

function optionCompletion(command: Command, option: Option): OptionCompletion {
  const placeholder = takesValue(option) ? option.placeholder : undefined;
  const excluding = command.options.filter((other) => exclude(command, option.name, other.name));
  return {
    spellings: spellings(option),
    summary: option.summary,
    placeholder,
    value: (takesValue(option) ? option.completes : undefined) ?? "nothing",
    excludedBy: excluding.flatMap(spellings),
  };
}

function exclude({ rules }: Command, one: string, other: string): boolean {
  if (one === other) return true;
  return rules.some((rule) => {
    if ("oneOf" in rule) return rule.oneOf.includes(one) && rule.oneOf.includes(other);
    if (!("excludes" in rule)) return false;
    return rule.option === one ? rule.excludes.includes(other) : rule.option === other && rule.excludes.includes(one);
  });
}

function spellings({ name, short }: Option): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}
