# The functions that the checks are written with, for the guest's busybox shell.
#   check  SENTENCE ACTION CONDITION...   runs the action, keeping its output; then every condition must be true
#   better SENTENCE ACTION CONDITION...   the same where mdevctl 1.4 differs: on 1.4, some condition must be false
# Each prints a line, 'ok SENTENCE' or 'not ok SENTENCE'; after a failure it prints what was seen.

uuid_a=aaaaaaaa-0000-4000-8000-000000000001
uuid_b=bbbbbbbb-0000-4000-8000-000000000002
uuid_c=cccccccc-0000-4000-8000-000000000003
uuid_d=dddddddd-0000-4000-8000-000000000004

definitions=/etc/mdevctl.d
scripts=/usr/lib/mdevctl/scripts.d

# How many checks a file holds; run.sh adds them up and compares.
plan() { :; }
# The programs and files of this machine that a file of checks needs in the guest; pack.sh reads it.
needs() { :; }

check() {
    broken_conditions "$@"
    if [ -z "$broken" ]; then echo "ok $1"; else report "$@"; fi
}

better() {
    broken_conditions "$@"
    if [ -e /reference ]; then
        if [ -n "$broken" ]; then echo "ok (otherwise in mdevctl 1.4) $1"; else report "$@"; fi
    elif [ -z "$broken" ]; then echo "ok $1"; else report "$@"; fi
}

broken_conditions() {
    eval "$2" < /dev/null > /tmp/stdout 2> /tmp/stderr
    status=$?
    shift 2
    broken=
    for condition; do
        eval "$condition" < /dev/null || broken="$broken
#   not true: $condition"
    done
}

report() {
    echo "not ok $1"
    echo "#   $2"
    echo "#   exit status $status$broken"
    awk '{ print "#   stdout: " $0 }' /tmp/stdout
    awk '{ print "#   stderr: " $0 }' /tmp/stderr
}

# Conditions on the program's output and exit status. The wording of 1.4 is not checked.
succeeds() { [ $status -eq 0 ] && [ ! -s /tmp/stderr ]; }
succeeds_with_warning() { [ $status -eq 0 ] && [ -s /tmp/stderr ]; }
fails() { ends_with_error 1; }
is_misuse() { ends_with_error 2; }
is_refused() { ends_with_error 1 || ends_with_error 2; }
says() { [ -e /reference ] || grep -q -F -e "$1" /tmp/stderr; }
prints() { [ "$(cat /tmp/stdout)" = "$1" ]; }
prints_nothing() { [ ! -s /tmp/stdout ]; }

# An error is one line, perhaps with a hint on a second.
ends_with_error() {
    [ $status -eq "$1" ] && [ ! -s /tmp/stdout ] && [ -s /tmp/stderr ] || return 1
    [ -e /reference ] || { head -n 1 /tmp/stderr | grep -q '^mdevctl: .' && [ "$(wc -l < /tmp/stderr)" -le 2 ]; }
}

# Waits for what takes a while: eventually CONDITION... What is waited for is never there in mdevctl 1.4.
eventually() {
    [ ! -e /reference ] || return 1
    until=$(($(date +%s) + 60))
    while ! "$@" 2> /dev/null; do
        [ "$(date +%s)" -lt "$until" ] || return 1
        sleep 0.1
    done
}

# Conditions on definitions.
is_defined() { [ -f "$definitions/$1/$2" ]; }
is_undefined() { [ ! -e "$definitions/$1/$2" ]; }
nothing_is_defined() { [ -z "$(find $definitions -type f 2>/dev/null)" ]; }

# Writes a definition as an administrator would: define_file PARENT UUID TYPE START [ATTRIBUTES]
define_file() {
    mkdir -p "$definitions/$1"
    printf '{"mdev_type":"%s","start":"%s","attrs":%s}' "$3" "$4" "${5-[]}" > "$definitions/$1/$2"
}

# Writes the file that says what the host should have; its groups are on stdin.
wanted=/tmp/state.yaml
wants() { { echo 'version: 1'; echo 'groups:'; cat; } > $wanted; }

# Conditions on what plan and apply say and do.
exits() { [ $status -eq "$1" ] && [ ! -s /tmp/stderr ]; }
shows() { grep -q -F -e "$1" /tmp/stdout; }
ends_with() { [ "$(tail -n 1 /tmp/stdout)" = "$1" ]; }
is_in_sync() { mdevctl plan --detailed-exitcode $wanted > /dev/null 2>&1; }

# Installs the script on stdin: install_script callouts|notifiers NAME
install_script() {
    mkdir -p "$scripts/$1"
    { echo '#!/bin/sh'; cat; } > "$scripts/$1/$2"
    chmod 755 "$scripts/$1/$2"
}

# Shows the status as JSON on one line, for the schema that it is held to outside.
show_status() { echo "# status $(mdevctl status --json 2> /dev/null | tr -d '\n')"; }
is_healthy() { [ $status -eq 0 ] && grep -q '^nothing wrong is found' /tmp/stdout && [ "$(wc -l < /tmp/stdout)" -eq 1 ]; }

# What a reader of `monitor --json` has, who keeps the row of each device: a line for each that is active or defined. The same of
# `status --json`, which has a row on each line, too.
keep_rows() {
    awk '
        function field(name) {
            return match($0, "\"" name "\":(\"[^\"]*\"|[a-z]+)") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : ""
        }
        field("event") == "\"resync\"" { split("", rows) }
        field("uuid") ~ /^"/ && field("defined") != "" {
            key = field("parent") " " field("uuid")
            rows[key] = field("type") " " field("start") " " field("defined") " " field("active")
            if (rows[key] ~ /false false$/) delete rows[key]
        }
        END { for (key in rows) print key, rows[key] }' "$@" | sort
}
# Starts a monitor, whose lines are in /tmp/events, and which looks for itself only after an hour.
start_monitor() {
    : > /tmp/events
    [ ! -e /reference ] || return 1
    mdevctl monitor --json --interval 3600 > /tmp/events 2> /tmp/monitor_errors &
    monitor=$!
    eventually happened ready
}
happened() { grep -q "\"event\":\"$1\"" /tmp/events; }
# How often: happened_times NUMBER EVENT [PATTERN]
happened_times() { [ "$(grep "\"event\":\"$2\"" /tmp/events | grep -c -e "${3-}")" -eq "$1" ]; }
is_told_truly() { mdevctl status --json | keep_rows > /tmp/rows; keep_rows /tmp/events | cmp -s - /tmp/rows; }
# No device starts twice, or stops without having started.
is_told_once() {
    awk 'match($0, /"event":"(started|stopped)"/) {
        event = substr($0, RSTART + 9, 7)
        match($0, /"uuid":"[^"]*"/)
        uuid = substr($0, RSTART, RLENGTH)
        if (last[uuid] == event) wrong++
        last[uuid] = event
    }
    END { exit wrong > 0 }' /tmp/events
}
