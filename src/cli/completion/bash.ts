// Completion for bash. The script works without the bash-completion package, which loads it if it is installed.

import { type Command, type Option, takesValue } from "../command.ts";
import { candidateSources, offerOf, spellingsExcluding, spellingsOf } from "../completion.ts";

export function bashCompletion(commands: readonly Command[]): string {
  const names = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
  const sources = Object.entries(candidateSources('"$' + '{under[@]}"'));
  return `# Completion of mdevctl and lsmdev for bash, made from the table of commands.

_mdevctl() {
    # The line is split here, because bash splits at the colons of a PCI address too.
    local line=\${COMP_LINE:0:COMP_POINT} current= option= value= command=list device=
    local -a words candidates=() under=()
    read -ra words <<< "$line"
    if [[ $line != *[[:space:]] ]]; then
        current=\${words[-1]}
        unset 'words[-1]'
    fi
    if [[ \${1##*/} != *lsmdev ]]; then
        words=("\${words[@]:1}")
        command=\${words[0]}
    fi
    value=$current
    case $current in
        --*=*) option=\${current%%=*} value=\${current#*=} ;;
        *) ((\${#words[@]} < 2)) || option=\${words[-1]} ;;
    esac
    _mdevctl_read_place

    case "$command $option" in
        ' ') _mdevctl_offer_commands --help --version ;;
${commands.map(commandCases).join("")}    esac
    _mdevctl_reply
}

# Each argument is an option and those that exclude it: it is offered unless one of them was typed.
_mdevctl_offer_options() {
    local word option excluding
    for option; do
        for word in "\${words[@]}"; do
            for excluding in $option; do
                [[ \${word%%=*} != "$excluding" ]] || continue 3
            done
        done
        candidates+=("\${option%% *}")
    done
}

_mdevctl_offer_commands() {
    candidates=(${names.join(" ")} "$@")
}

_mdevctl_offer() {
    local line
    while read -r line; do
        candidates+=("\${line%%$'\\t'*}")
    done < <(
        case $1 in
${sources.map(([name, source]) => `            ${name}) ${source} ;;\n`).join("")}        esac
    )
}

_mdevctl_offer_paths() {
    compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen -A "$1" -- "$value")
}

_mdevctl_read_place() {
    local index
    # An argument without an option stands for the UUID.
    [[ -z \${words[1]} || \${words[1]} == -* ]] || words[1]=--uuid=\${words[1]}
    for index in "\${!words[@]}"; do
        case \${words[index]} in
            -p | --parent) [[ -z \${words[index + 1]} ]] || under=(--parent "\${words[index + 1]}") ;;
            --parent=*) under=("\${words[index]}") ;;
            -u | --uuid) device=\${words[index + 1]} ;;
            --uuid=*) device=\${words[index]#*=} ;;
        esac
    done
}

# Of the typed word bash replaces only what is behind its last colon or equals sign.
_mdevctl_reply() {
    local candidate whole kept= breaks=\${COMP_WORDBREAKS//[^:=]/}
    [[ -z $breaks || $current != *["$breaks"]* ]] || kept=\${current%"\${current##*["$breaks"]}"}
    for candidate in "\${candidates[@]}"; do
        whole=\${current%"$value"}$candidate
        [[ $candidate != "$value"* ]] || COMPREPLY+=("$(printf %q "\${whole#"$kept"}")")
    done
}

complete -F _mdevctl mdevctl lsmdev
`;
}

function commandCases(command: Command): string {
  const { name, options, operand } = command;
  const values = options.filter(takesValue).map((option) => {
    const patterns = spellingsOf(option).map((spelling) => `'${name} ${spelling}'`);
    return `        ${patterns.join(" | ")}) ${offer(option) ?? ":"} ;;\n`;
  });
  const offered = options.map((option) => {
    const [long] = spellingsOf(option);
    const others = spellingsExcluding(command, option).filter((spelling) => spelling !== long);
    return ` \\\n            '${[long, ...others].join(" ")}'`;
  });
  const all = `_mdevctl_offer_options${offered.join("")}`;
  const value = operand === undefined ? undefined : offer(operand);
  const rest = value === undefined ? all : `[[ $current != -* && -z $device ]] && ${value} || ${all}`;
  return `${values.join("")}        '${name} '*) ${rest} ;;\n`;
}

const shell = {
  files: "_mdevctl_offer_paths file",
  directories: "_mdevctl_offer_paths directory",
  commands: "_mdevctl_offer_commands",
  words: (words: readonly string[]) => `candidates=(${words.join(" ")})`,
};

function offer(option: Option): string | undefined {
  return offerOf(option, shell, (source) => `_mdevctl_offer ${source}`);
}
