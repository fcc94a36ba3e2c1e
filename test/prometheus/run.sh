#!/bin/bash
# What `mdevctl metrics` prints, and examples/prometheus, in a real node_exporter and a real Prometheus on the loopback interface:
#   test/prometheus/run.sh
# MDEVCTL_BIN is the program; the hosts are sandboxes. Root installs what is missing; Debian may start services of its own then,
# which these leave alone.
set -euo pipefail

cd "$(dirname "$0")/../.."
scripts/install-packages.sh prometheus prometheus-node-exporter curl jq

work=$(mktemp -d)
mkdir "$work/bin" "$work/collected"
ln -s "$(realpath "${MDEVCTL_BIN:-dist/mdevctl.js}")" "$work/bin/mdevctl"
PATH=$work/bin:$PATH
failed=0

finish() {
    local status=$?
    # shellcheck disable=SC2046
    kill $(jobs -p) 2> /dev/null || true
    wait
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# shellcheck source=test/holds.sh
source test/holds.sh

# NAME: from now on commands work on a sandbox of this name, which is new.
use_new_sandbox() {
    mdevctl sandbox "$work/$1" > /dev/null
    export MDEVCTL_ENV_ROOT=$work/$1
}

# LOG COMMAND...: starts a server on a free port, and sets `address` to where it listens.
serve() {
    local log=$1 deadline=$((SECONDS + 60))
    "${@:2}" --web.listen-address=127.0.0.1:0 > "$log" 2>&1 &
    until address=$(grep -om 1 '127\.0\.0\.1:[1-9][0-9]*' "$log"); do
        if [ $SECONDS -ge $deadline ] || ! kill -0 $!; then
            echo "$2 does not listen:"
            cat "$log"
            exit 1
        fi
        sleep 0.1
    done
}

serve "$work/exporter.log" prometheus-node-exporter --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$work/collected"
exporter=$address

for part in examples accepted followed; do
    printf '\n# %s\n' "$part"
    # shellcheck source=/dev/null
    source "test/prometheus/$part.sh"
done
exit $failed
