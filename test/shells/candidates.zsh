# Prints what zsh would offer at the end of a command line, one candidate per line:
#   zsh -f candidates.zsh SCRIPT LINE
# SCRIPT is the completion script. A separate zsh, on its own terminal, gets the line typed and then a tab.
zmodload zsh/zpty
offered=$(mktemp)

zpty terminal zsh -f -i
zpty -w terminal "offered=$offered script=${(q)1}"
zpty -w terminal '
PS1= PS2=
autoload -Uz compinit
compinit -D -u
source $script
# All that is offered goes through compadd; the calls with -O, -A or -D only ask it something.
compadd() {
    if [[ ${(M)@[1,(i)(-|--)]:#-[OAD]} == "" ]]; then
        local -a candidates
        builtin compadd -A candidates "$@"
        print -l -- $candidates >> $offered
    fi
    builtin compadd "$@"
}
finish() { exit }
comppostfuncs=(finish)
bindkey "\t" list-choices
print -r -- "<ready"">"'

local output
while zpty -r terminal output && [[ $output != *"<ready>"* ]]; do :; done
zpty -w -n terminal "$2"$'\t'
while zpty -r terminal output; do :; done
cat $offered
rm $offered
