# Prints what bash would offer at the end of a command line, one candidate per line:
#   bash candidates.bash SCRIPT LINE
# SCRIPT is the completion script. Like bash, it leaves out what it would not replace: everything up to the last colon
# or equals sign of the last word.
source "$1"

COMP_LINE=$2
COMP_POINT=${#2}
program=${2%% *}
function=$(complete -p "$program" | sed 's/.*-F \([^ ]*\).*/\1/')

"$function" "$program"
printf '%s\n' "${COMPREPLY[@]}"
