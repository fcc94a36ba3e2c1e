#!/bin/sh
# Tortures one program; see docs/reliability.md. Installs what it needs if that is missing, for which it must be root.
#
# usage: MDEVCTL_BIN=PROGRAM test/reliability/run.sh [PART...]
#
# PART is the beginning of a test file's name; without it all are run. MDEVCTL_WRITERS_SECONDS and MDEVCTL_FUZZ_CASES shorten
# the long ones. MDEVCTL_RELIABILITY_REPORT names a file for the results, a JSON object on a line each.
set -eu

cd "$(dirname "$0")/../.."
: "${MDEVCTL_BIN:?names the program to torture}"

missing=
for tool in strace flock setpriv; do
    command -v $tool > /dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null ||
        { echo "$0: missing:$missing; install strace and util-linux" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends strace util-linux > /dev/null
fi

exec npx --no-install vitest run --config test/reliability/vitest.config.ts "$@"
