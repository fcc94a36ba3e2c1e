#!/bin/sh
# Boots a real Linux kernel with real mediated device drivers in QEMU and has the program manage devices there.
#   usage: test/kernel/run.sh [SUBJECT...]        a subject is a file of test/kernel/checks without .sh; default: all
# test/guest/run.sh says what the environment has to do with it, but that the guest may take 1200 s here: the program on Node.js
# needs half of that on a busy machine.
set -eu
export GUEST_TEST_LIMIT="${GUEST_TEST_LIMIT:-1200}"

here=$(cd "$(dirname "$0")" && pwd)
"$here/../../scripts/install-packages.sh" udev >&2
kernel=$("$here/build-kernel.sh")
exec "$here/../guest/run.sh" "$here" "$kernel" -smp 1 -m 1024 -append 'console=ttyS0 panic=-1 oops=panic quiet' -- "$@"
