#!/bin/bash
# Measures what the udev events of 256 parent devices cost at boot: the command lines of mdevctl 1.4.0's udev rules, run with
# mdevctl 1.4.0, against those of our rules, run with the packages' executable.
#   usage: bench/boot.sh [PARENTS]                 prints a table: processes, programs and processor time, and their ratios
# A tree of plain files replaces the kernel, so that only mdevctl, the shell and logger are measured. strace counts
# processes and programs; their processor time is the median of five runs without it.
set -euo pipefail

cd "$(dirname "$0")/.."
parents=${1:-256}
scripts/install-packages.sh strace bsdutils >&2
reference=$(scripts/fetch-reference.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# make_tree DIRECTORY START: every parent has one definition with this start mode.
make_tree() {
    local number parent
    mkdir -p "$1/sys/bus/mdev/devices" "$1"/usr/lib/mdevctl/scripts.d/{callouts,notifiers}
    for ((number = 0; number < parents; number++)); do
        parent=$(printf '0000:41:%02x.%x' $((number / 8)) $((number % 8)))
        mkdir -p "$1/etc/mdevctl.d/$parent" "$1/sys/class/mdev_bus/$parent/mdev_supported_types/vgpu-1"
        echo 1 > "$1/sys/class/mdev_bus/$parent/mdev_supported_types/vgpu-1/available_instances"
        : > "$1/sys/class/mdev_bus/$parent/mdev_supported_types/vgpu-1/create"
        printf '{"mdev_type":"vgpu-1","start":"%s","attrs":[]}' "$2" \
            > "$1/etc/mdevctl.d/$parent/$(printf '00000000-0000-4000-8000-%012x' "$number")"
    done
}

# run_line RULES PROGRAM: prints the command line that the rules run when a device is added, with this program.
run_line() {
    local line
    line=$(sed -n 's/^ACTION=="add",.* RUN+="\(.*\)"$/\1/p' "$1")
    [ -n "$line" ] || { echo "$0: $1 has no rule for the action add" >&2; exit 1; }
    line=${line//\/usr\/sbin\/mdevctl/$2}
    echo "${line//%k/\$kernel}"
}

# Runs the events: a separate script, so that strace sees nothing else.
cat > "$work/events" << 'END'
# events ROOT RUN-LINE; udev quotes as the shell does.
export MDEVCTL_ENV_ROOT=$1
run=$2
for directory in "$1"/etc/mdevctl.d/*; do
    kernel=${directory##*/}
    eval "set -- ${run//\$kernel/$kernel}"
    "$@" < /dev/null > /dev/null 2>&1
done
times
END

# Milliseconds of processor time of everything that the script started: the last line of bash's times.
processor_time() {
    bash "$work/events" "$1" "$2" | tail -n 1 | tr 'ms' '  ' | awk '{ printf "%.0f\n", 1000 * (60 * ($1 + $3) + $2 + $4) }'
}

# count_processes ROOT RUN-LINE: prints the numbers of processes and programs; fails unless the right devices were started.
count_processes() {
    find "$1/sys" -name create -exec truncate -s 0 {} +
    strace -f -qq -o "$work/trace" -e trace=clone,clone3,fork,vfork,execve bash "$work/events" "$1" "$2" > /dev/null
    awk '/ (clone3?|v?fork)\(.*= [0-9]+$/ || /<\.\.\. (clone3?|v?fork) resumed>.*= [0-9]+$/ { processes++ }
         / execve\(.*= 0$/ || /<\.\.\. execve resumed>.*= 0$/ { programs++ }
         END { print processes, programs - 1 }' "$work/trace" # The first program is bash itself.
    local wanted=0
    [ "${1##*/}" = manual ] || wanted=$parents
    [ "$(find "$1/sys" -name create -size +0 | wc -l)" -eq "$wanted" ] || { echo "$0: not all started by: $2" >&2; exit 1; }
}

loader=$(echo "$reference"/root/usr/lib/*/ld-linux*.so.*)
theirs=$(run_line "$reference"/root/usr/lib/udev/rules.d/*mdevctl.rules \
    "$loader --library-path ${loader%/*} $reference/root/usr/bin/mdevctl")
ours=$(run_line udev/60-mdevctl.rules "$PWD/build/release/mdevctl")

echo "$parents events, one for each parent device; processor time in milliseconds"
printf '%-34s %22s %22s %8s\n' '' 'mdevctl 1.4.0' 'ours' 'ratio'
for start in manual auto; do
    make_tree "$work/$start" $start
    case=$([ $start = manual ] && echo 'nothing to start' || echo 'one device to start each')
    counted=$(count_processes "$work/$start" "$theirs")
    read -r their_processes their_programs <<< "$counted"
    counted=$(count_processes "$work/$start" "$ours")
    read -r our_processes our_programs <<< "$counted"
    for _ in 1 2 3 4 5; do
        processor_time "$work/$start" "$theirs" >> "$work/theirs.$start"
        processor_time "$work/$start" "$ours" >> "$work/ours.$start"
    done
    their_time=$(sort -n "$work/theirs.$start" | sed -n 3p)
    our_time=$(sort -n "$work/ours.$start" | sed -n 3p)
    while read -r what their our; do
        printf '%-34s %22s %22s %8s\n' "$case: $what" "$their" "$our" "$(awk "BEGIN { printf \"%.2f\", $our / $their }")"
    done << END
processes $their_processes $our_processes
programs $their_programs $our_programs
time $their_time $our_time
END
done
