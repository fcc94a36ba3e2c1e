#!/bin/sh
# Tortures both builds and mdevctl 1.4.0, and prints the table of docs/reliability.md. Takes about a quarter of an hour;
# as root.
#
# usage: test/reliability/compare.sh
set -eu

cd "$(dirname "$0")/../.."
make --silent dist/mdevctl.js native >&2
reference=$(scripts/fetch-reference.sh)/mdevctl
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

# The parts that run the built program, without those that only test promises of ours.
parts='faults signals durable writers disk hostile scripts'

torture() {
    # shellcheck disable=SC2086 # the parts are words
    MDEVCTL_BIN=$2 MDEVCTL_RELIABILITY_REPORT=$reports/$1 test/reliability/run.sh $parts >&2
}

torture native "$PWD/build/mdevctl"
torture node "$PWD/dist/mdevctl.js"
torture reference "$reference"
node test/reliability/table.mjs "$reports/native" "$reports/node" "$reports/reference"
