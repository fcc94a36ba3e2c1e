#!/bin/sh
# Tortures one program; see docs/reliability.md. Installs what it needs if that is missing, for which it must be root.
#
# usage: MDEVCTL_BIN=PROGRAM test/reliability/run.sh [PART...]
#
# PART is the beginning of a test file's name; by default all parts run. MDEVCTL_WRITERS_SECONDS, MDEVCTL_FUZZ_CASES and
# MDEVCTL_FUZZ_SECONDS shorten the long ones. MDEVCTL_RELIABILITY_REPORT names a file for the results, one JSON object per
# line.
set -eu

cd "$(dirname "$0")/../.."
: "${MDEVCTL_BIN:?names the program to torture}"

if [ "${CI:-}" = true ] && [ "$(id -u)" != 0 ]; then
    echo "$0: root is needed for all parts" >&2
    exit 1
fi
scripts/install-packages.sh strace util-linux

exec npx --no-install vitest run --config test/reliability/vitest.config.ts "$@"
