# Prints what fish would offer at the end of a command line, one candidate per line, with its description after a tab:
#   fish --no-config candidates.fish SCRIPT LINE
# SCRIPT is the completion script.
source $argv[1]
complete --do-complete=$argv[2]
