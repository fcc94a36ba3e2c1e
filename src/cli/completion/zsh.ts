// Completion for zsh, based on its function _arguments.

import { quoteForShell } from "../../quote.ts";
import { type Command, type Option, takesValue, type ValueOption } from "../command.ts";
import { candidateSources, offerOf, spellingsExcluding, spellingsOf } from "../completion.ts";

export function zshCompletion(commands: readonly Command[]): string {
  const offered = commands.filter(({ hidden }) => !hidden);
  const sources = Object.entries(candidateSources('"$' + '{under[@]}"'));
  return `#compdef mdevctl lsmdev
# Completion of mdevctl and lsmdev for zsh, made from the table of commands.

_mdevctl() {
    local command=list device=
    local -a under
    if [[ $service != lsmdev ]]; then
        if ((CURRENT == 2)); then
            _mdevctl_commands
            _arguments '--help[Show the help]' '--version[Show the version]'
            return
        fi
        shift words
        ((CURRENT--))
        command=$words[1]
    fi
    _mdevctl_read_place

    case $command in
${commands.map(commandCase).join("")}    esac
}

_mdevctl_commands() {
    local -a commands=(
${offered.map(({ name, summary }) => `        ${quoteForShell(`${escapeSpecial(name)}:${summary}`)}\n`).join("")}    )
    _describe -t commands command commands
}

# Offers what a source writes: lines with a candidate, a tab and a description.
_mdevctl_offer() {
    local line
    local -a lines
    lines=(\${(f)"$(_mdevctl_candidates $1)"})
    lines=(\${lines//:/\\\\:})
    lines=(\${lines/$'\\t'/:})
    _describe -t $1 $1 lines
}

_mdevctl_candidates() {
    case $1 in
${sources.map(([name, source]) => `        (${name}) ${source} ;;\n`).join("")}    esac
}

_mdevctl_read_place() {
    local index=\${words[(I)(-p|--parent)]}
    if ((index > 0 && index + 1 < CURRENT)); then
        under=(--parent $words[index+1])
    else
        under=(\${(M)words:#--parent=?*})
    fi
    index=\${words[(I)(-u|--uuid)]}
    if ((index > 0 && index + 1 < CURRENT)); then
        device=$words[index+1]
    else
        device=\${\${(M)words:#--uuid=?*}#--uuid=}
    fi
    [[ $words[2] == -* ]] || device=$words[2]
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _mdevctl "$@"
else
    compdef _mdevctl mdevctl lsmdev
fi
`;
}

function commandCase(command: Command): string {
  const { name, options, operand } = command;
  const specs = options.flatMap((option) => optionSpecs(command, option));
  if (operand !== undefined)
    specs.push(quoteForShell(`(${spellingsExcluding(command, operand).join(" ")})1${argument(operand)}`));
  return `        (${name})
            _arguments -s ${specs.map((spec) => `\\\n                ${spec}`).join(" ")}
            ;;
`;
}

function optionSpecs(command: Command, option: Option): string[] {
  const operand = command.operand?.name === option.name ? ["1"] : [];
  const excluding = [...operand, ...spellingsExcluding(command, option)].join(" ");
  const value = takesValue(option) ? argument(option) : "";
  return spellingsOf(option).map((spelling) => {
    const valueMark = !takesValue(option) ? "" : spelling.startsWith("--") ? "=" : "+";
    return quoteForShell(`(${excluding})${spelling}${valueMark}[${escapeSpecial(option.summary)}]${value}`);
  });
}

/** The leading space of some keeps zsh from adding arguments of its own. */
const shell = {
  files: "_files",
  directories: "_files -/",
  commands: " _mdevctl_commands",
  words: (words: readonly string[]) => `(${words.join(" ")})`,
};

function argument(option: ValueOption<unknown>): string {
  return `:${option.placeholder}:${offerOf(option, shell, (source) => ` _mdevctl_offer ${source}`) ?? ""}`;
}

/** Escapes what has a meaning in the description of an option. */
function escapeSpecial(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}
