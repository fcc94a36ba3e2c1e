#!/bin/sh
# Boots a real Linux kernel in QEMU, with two cards that have real virtual functions and a driver that makes them vGPUs as
# NVIDIA's does, and has the program manage devices there.
#   usage: test/vfio/run.sh [SUBJECT...]          a subject is a file of test/vfio/checks without .sh; default: all
# test/guest/run.sh says what the environment has to do with it, but that the guest may take 1200 s here: the program on Node.js
# needs half of that.
set -eu
export GUEST_TEST_LIMIT="${GUEST_TEST_LIMIT:-1200}"

here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/build-guest.sh")

# shellcheck disable=SC2046 # no option has spaces
exec "$here/../guest/run.sh" "$here" "$kernel" -smp 2 -m 2048 $("$here/machine.sh") \
    -append 'console=ttyS0 panic=-1 oops=panic panic_on_warn=1 quiet intel_iommu=on' -- "$@"
