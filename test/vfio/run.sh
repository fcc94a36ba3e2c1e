#!/bin/sh
# Boots a real Linux kernel in QEMU, with two cards that have real virtual functions and a driver that makes them vGPUs as
# NVIDIA's does, and has the program manage devices there.
#   usage: test/vfio/run.sh [SUBJECT...]          a subject is a file of test/vfio/checks without .sh; default: all
# test/guest/run.sh says what the environment has to do with it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernel=$("$here/build-guest.sh")

# An nvme controller stands for a card with 16 virtual functions: each has two of the queues and one of the interrupts.
card() {
    printf '%s\n' -device "pcie-root-port,id=port$1,bus=pcie.0,chassis=$1,slot=$1,addr=$((1 + $1)).0" \
        -device "nvme-subsys,id=subsystem$1,nqn=card$1" \
        -device "nvme,serial=card$1,subsys=subsystem$1,bus=port$1,sriov_max_vfs=16,sriov_vq_flexible=32,sriov_vi_flexible=16,max_ioqpairs=34,msix_qsize=17"
}
# With ACPI hotplug QEMU reports a virtual function as a device that was plugged in, and the kernel adds it a second time.
# shellcheck disable=SC2046 # no option of a card has spaces
exec "$here/../guest/run.sh" "$here" "$kernel" -smp 2 -m 2048 -machine q35 \
    -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -device intel-iommu,intremap=on $(card 1) $(card 2) \
    -append 'console=ttyS0 panic=-1 oops=panic panic_on_warn=1 quiet intel_iommu=on' -- "$@"
