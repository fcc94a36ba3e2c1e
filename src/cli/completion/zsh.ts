// Completion for zsh, based on its function _arguments.

import { type Completion, candidateSources, type OptionCompletion, type ValueCompletion } from "../completion.ts";
import { quoteForShell } from "../quote.ts";

export function zshCompletion(completions: readonly Completion[]): string {
  const offered = completions.filter(({ hidden }) => !hidden);
  const sources = Object.entries(candidateSources('"$' + '{under[@]}"'));
  return `#compdef mdevctl lsmdev
# Completion of mdevctl and lsmdev for zsh, made from the table of commands.

_mdevctl() {
    local command=list
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
    _mdevctl_read_parent

    case $command in
${completions.map(commandCase).join("")}    esac
}

_mdevctl_commands() {
    local -a commands=(
${offered.map(({ command, summary }) => `        ${quoteForShell(`${escapeSpecial(command)}:${summary}`)}\n`).join("")}    )
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

_mdevctl_read_parent() {
    local index=\${words[(I)(-p|--parent)]}
    if ((index > 0 && index + 1 < CURRENT)); then
        under=(--parent $words[index+1])
    else
        under=(\${(M)words:#--parent=?*})
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _mdevctl "$@"
else
    compdef _mdevctl mdevctl lsmdev
fi
`;
}

function commandCase({ command, options, operand, operandName }: Completion): string {
  const specs = options.flatMap(optionSpecs);
  if (operand !== "nothing") specs.push(quoteForShell(`1:${operandName}:${action(operand)}`));
  return `        (${command})
            _arguments -s ${specs.map((spec) => `\\\n                ${spec}`).join(" ")}
            ;;
`;
}

function optionSpecs({ spellings, summary, placeholder, value, excludedBy }: OptionCompletion): string[] {
  return spellings.map((spelling) => {
    const valueMark = placeholder === undefined ? "" : spelling.startsWith("--") ? "=" : "+";
    const argument = placeholder === undefined ? "" : `:${placeholder}:${action(value)}`;
    return quoteForShell(`(${excludedBy.join(" ")})${spelling}${valueMark}[${escapeSpecial(summary)}]${argument}`);
  });
}

/** The leading space keeps zsh from adding arguments of its own. */
function action(value: ValueCompletion): string {
  switch (value) {
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "commands":
      return " _mdevctl_commands";
    case "nothing":
      return "";
    default:
      return ` _mdevctl_offer ${value}`;
  }
}

/** Escapes what has a meaning in the description of an option. */
function escapeSpecial(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}
