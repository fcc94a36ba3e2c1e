// What a shell offers while a command line is typed, from the same values that it is parsed by. completion/ makes a script of
// it for each shell; the script asks mdevctl for devices, parents and types while the user types.

import { type Candidates, type Command, type Option, takesValue } from "./command.ts";
import { doExclude } from "./rules.ts";

/**
 * Shell commands that write the candidates for a value, one per line, with a description after a tab. `under` expands to
 * `--parent PARENT` if that was typed, else to nothing, and `"$device"` to the UUID that was typed, if any. The same commands
 * work in bash, zsh and fish.
 */
export function candidateSources(under: string): Readonly<Record<CandidateSource, string>> {
  const active = `mdevctl list ${under} 2>/dev/null`;
  const defined = `mdevctl list --defined ${under} 2>/dev/null`;
  const describe = "sed 's/ /\\t/'";
  // A line for each card and parent.
  const status = "mdevctl status --json 2>/dev/null";
  const places = `sed -n 's/^    {"\\(address\\|name\\)":"\\([^"]*\\)".*/\\2/p'`;
  const parents = "cut -d ' ' -f 2";
  return {
    "active-devices": `${active} | ${describe}`,
    "undefined-devices": `${active} | grep -v '(defined)$' | ${describe}`,
    "defined-devices": `${defined} | ${describe}`,
    "inactive-devices": `${defined} | grep -v '(active)$' | ${describe}`,
    devices: `${active} | ${describe}; ${defined} | ${describe}`,
    parents: `${status} | ${places}`,
    subjects: `${status} | ${places}; ${active} | ${describe}; ${defined} | ${describe}`,
    "parents-of-definitions": `${defined} | ${parents}`,
    "parents-of-devices": `${active} | ${parents}; ${defined} | ${parents}`,
    checks: "mdevctl doctor --list 2>/dev/null | sed 's/  */\\t/'",
    types: `sh -c '${typesNearby}' sh "$device" ${under} 2>/dev/null | awk '${describedTypes}' | sort -u`,
  };
}

/** A defined device can only have a type of its parent, if no other was typed. */
const typesNearby =
  'parents=$([ -z "$1" ] || [ $# -gt 1 ] || mdevctl list --defined --uuid "$1" | cut -d " " -f 2); shift; [ "$parents" ] || mdevctl types "$@"; for parent in $parents; do mdevctl types --parent "$parent"; done';

/** From the output of `mdevctl types`: each type with the name that its driver gives it for people. */
const describedTypes =
  '/^  [^ ]/ { if (type) print type; type = $1 } /^    Name: / { sub(/^    Name: /, ""); type = type "\\t" $0 } END { if (type) print type }';

/** What the script asks mdevctl for; the shell knows the rest by itself. */
export type CandidateSource = Exclude<Candidates, keyof Shell | readonly string[]>;

/** How a shell offers what it knows by itself. */
export interface Shell {
  readonly files: string;
  readonly directories: string;
  readonly commands: string;
  /** The words have nothing in them that a shell takes for anything else. */
  readonly words: (words: readonly string[]) => string;
}

/** What offers the candidates for an option's value or an operand: a part of the shell, or `ask` about a source of mdevctl. */
export function offerOf(option: Option, shell: Shell, ask: (source: CandidateSource) => string): string | undefined {
  const completes = takesValue(option) ? option.completes : undefined;
  if (typeof completes === "object") return shell.words(completes);
  if (completes === "files" || completes === "directories" || completes === "commands") return shell[completes];
  return completes === undefined ? undefined : ask(completes);
}

const help: Command = {
  name: "help",
  summary: "Show the help, or that of a command",
  description: "",
  examples: [],
  operand: { name: "command", placeholder: "COMMAND", summary: "", completes: "commands", parse: String },
  options: [],
  rules: [],
  run: () => {},
};

/** The commands as a shell completes them, in the order of the help: each has --help, and `help` is one of them. */
export function completionsOf(commands: readonly Command[]): Command[] {
  const helpOption = { name: "help", short: "h", summary: "Show the help of this command" };
  return [...commands.map((command) => ({ ...command, options: [...command.options, helpOption] })), help];
}

/** As typed, `--uuid` and perhaps `-u`. */
export function spellingsOf({ name, short }: Option): readonly [string, ...string[]] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** The spellings after which an option is no longer offered: its own, and those of options that it excludes. */
export function spellingsExcluding(command: Command, option: Option): string[] {
  return command.options
    .filter(({ name }) => name === option.name || doExclude(command, option.name, name))
    .flatMap(spellingsOf);
}
