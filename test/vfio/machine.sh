#!/bin/sh
# Prints the options of QEMU that make a machine with two cards, which have virtual functions, and an IOMMU:
#   test/vfio/machine.sh
set -eu

# An nvme controller stands for a card with 16 virtual functions: each has two of the queues and one of the interrupts.
card() {
    printf '%s\n' -device "pcie-root-port,id=port$1,bus=pcie.0,chassis=$1,slot=$1,addr=$((1 + $1)).0" \
        -device "nvme-subsys,id=subsystem$1,nqn=card$1" \
        -device "nvme,serial=card$1,subsys=subsystem$1,bus=port$1,sriov_max_vfs=16,sriov_vq_flexible=32,sriov_vi_flexible=16,max_ioqpairs=34,msix_qsize=17"
}
# With ACPI hotplug QEMU reports a virtual function as a device that was plugged in, and the kernel adds it a second time.
printf '%s\n' -machine q35 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -device intel-iommu,intremap=on
card 1
card 2
