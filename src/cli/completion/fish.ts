// Completion for fish, which parses options itself and wants conditions and candidates.

import { type Command, type Operand, type Option, takesValue } from "../command.ts";
import { candidateSources, offerOf, spellingsExcluding, spellingsOf } from "../completion.ts";

export function fishCompletion(commands: readonly Command[]): string {
  const sources = Object.entries(candidateSources("$under"));
  const names = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
  const list = commands.filter(({ name }) => name === "list");
  return `# Completion of mdevctl and lsmdev for fish, made from the table of commands.

# What was typed. An argument without an option stands for the UUID.
function __mdevctl_words
    set -l words (commandline -opc)
    if not string match -q '*lsmdev' -- $words[1]; and string match -qr '^[^-]' -- "$words[3]"
        set words[3] --uuid=$words[3]
    end
    printf '%s\\n' $words
end

# True for one of these commands; lsmdev is one as well. Without any: true as long as there is no command.
function __mdevctl_command_is
    set -l words (commandline -opc)
    if string match -q '*lsmdev' -- $words[1]
        contains -- list $argv
    else if set -q argv[1]
        contains -- "$words[2]" $argv
    else
        not set -q words[2]
    end
end

# True if an option of this command is to be offered, or its value is: none of the options that exclude it was typed.
# Arguments: the command; what the option is spelled as, if it has a value; the options that exclude it, itself among them.
function __mdevctl_wants -a command option_with_value
    __mdevctl_command_is $command
    or return 1
    set -l words (__mdevctl_words)
    contains -- $words[-1] (string split ' ' -- $option_with_value)
    and return 0
    for word in $words
        contains -- (string replace -r '=.*' '' -- $word) $argv[3..]
        and return 1
    end
    return 0
end

# Writes candidates, each with a description behind a tab.
function __mdevctl_offer
    set -l under
    set -l words (__mdevctl_words)
    if set -l index (contains -i -- --parent $words; or contains -i -- -p $words); and set -q words[(math $index + 1)]
        set under --parent $words[(math $index + 1)]
    else
        set under (string match -- '--parent=?*' $words)
    end
    set -l device
    if set -l index (contains -i -- --uuid $words; or contains -i -- -u $words); and set -q words[(math $index + 1)]
        set device $words[(math $index + 1)]
    else
        set device (string replace -rf '^--uuid=' '' -- $words)
    end
    switch $argv[1]
${sources.map(([name, source]) => `        case ${name}\n            ${source}\n`).join("")}    end
end

function __mdevctl_commands
    printf '%s\\n' ${names.join(" ")}
end

complete -c mdevctl -c lsmdev -f
complete -c mdevctl -n __mdevctl_command_is -s h -l help -d 'Show the help'
complete -c mdevctl -n __mdevctl_command_is -s V -l version -d 'Show the version'
${commands.map(commandLines).join("")}
${list.flatMap((command) => command.options.map((option) => optionLine("lsmdev", command, option))).join("")}`;
}

function commandLines(command: Command): string {
  const { name, summary, hidden, options, operand } = command;
  const itself = hidden ? "" : `complete -c mdevctl -n __mdevctl_command_is -a ${name} -d ${quoteForFish(summary)}\n`;
  const value = operand === undefined ? "" : operandLine(command, operand);
  return `\n${itself}${value}${options.map((option) => optionLine("mdevctl", command, option)).join("")}`;
}

function operandLine(command: Command, operand: Operand<string>): string {
  const condition = `"__mdevctl_wants ${command.name} '' ${spellingsExcluding(command, operand).join(" ")}"`;
  return `complete -c mdevctl -n ${condition} ${offer(operand)}\n`;
}

function optionLine(program: string, command: Command, option: Option): string {
  const spellings = spellingsOf(option);
  const withValue = takesValue(option) ? spellings.join(" ") : "";
  const excluding = spellingsExcluding(command, option).join(" ");
  const condition = `"__mdevctl_wants ${command.name} '${withValue}' ${excluding}"`;
  const names = spellings.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const wanted = takesValue(option) ? ` -r ${offer(option)}` : "";
  return `complete -c ${program} -n ${condition} ${names.join(" ")}${wanted} -d ${quoteForFish(option.summary)}\n`;
}

const shell = {
  files: "-F",
  directories: "-a '(__fish_complete_directories)'",
  commands: "-f -a '(__mdevctl_commands)'",
  words: (words: readonly string[]) => `-f -a '${words.join(" ")}'`,
};

function offer(option: Option): string {
  return offerOf(option, shell, (source) => `-f -a '(__mdevctl_offer ${source})'`) ?? "-f";
}

function quoteForFish(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
