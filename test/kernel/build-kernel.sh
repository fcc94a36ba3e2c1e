#!/bin/sh
# Prepares, once, a real Debian kernel with the kernel's own sample drivers for mediated devices, and prints the directory
# that holds it:   vmlinuz   busybox (static)   modules/ (a tree for modprobe -d: irqbypass, vfio, mdev, mtty, mdpy, mbochs)
# and in that tree, for a guest with a disk: virtio_pci, virtio_blk, ext4.
#   usage: test/kernel/build-kernel.sh
# Nothing of it is installed on this machine except the few tools named below. The drivers come as source only
# (samples/vfio-mdev); they need no hardware, so every machine can have mediated devices in a virtual machine.
set -eu

[ $# -eq 0 ] || { echo "usage: $0" >&2; exit 2; }

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}/kernel
# A change of this recipe makes a new directory.
result=$cache/$(sha256sum "$0" | cut -c 1-16)
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
if [ -e "$result/complete" ]; then
    echo "$result"
    exit
fi

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "$@" > /dev/null
}

# Prints "VERSION ABI" of the newest kernel of which image, headers and source are all on offer in the same version.
find_version() {
    apt-cache madison linux-source-6.1 \
        $(apt-cache search --names-only '^linux-(image|headers)-6[.]1[.]0-[0-9]+-amd64$' | cut -d ' ' -f 1) |
        awk '
            $1 == "linux-source-6.1" { offered["source", $3] = 1 }
            split($1, part, "-") == 5 && part[5] == "amd64" {
                abi = part[3] "-" part[4]
                offered[part[2], $3, abi] = 1
                kernels[$3 " " abi] = 1
            }
            END {
                for (kernel in kernels) {
                    split(kernel, k, " ")
                    if (("source", k[1]) in offered && ("image", k[1], k[2]) in offered && ("headers", k[1], k[2]) in offered)
                        print kernel
                }
            }' |
        sort -V | tail -n 1
}

apt update || true # A list of someone else's that fails does not matter here.
apt install -y --no-install-recommends gcc kmod libelf1 make xz-utils
found=$(find_version)
[ -n "$found" ] || { echo "$0: apt offers no 6.1 kernel whose image, headers and source have the same version" >&2; exit 1; }
version=${found% *}
abi=${found#* }
echo "preparing Linux $abi-amd64 ($version) with its sample drivers in $result" >&2

rm -rf "$cache"/build.*
work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/debs"
(
    cd "$work/debs"
    apt download busybox-static "linux-image-$abi-amd64=$version" "linux-headers-$abi-amd64=$version" \
        "linux-headers-$abi-common=$version" "linux-kbuild-6.1=$version" "linux-source-6.1=$version"
    for deb in ./*.deb; do dpkg-deb -x "$deb" "$work/root"; done
)

# The headers refer to each other by absolute path; here they lie below a directory of their own.
headers=$work/root/usr/src/linux-headers-$abi-amd64
sed -i "s|/usr/src/|$work/root/usr/src/|g" "$headers/Makefile"
tar -xf "$work/root/usr/src/linux-source-6.1.tar.xz" -C "$work" linux-source-6.1/samples/vfio-mdev
samples=$work/linux-source-6.1/samples/vfio-mdev
make -C "$headers" M="$samples" CONFIG_SAMPLE_VFIO_MDEV_MTTY=m CONFIG_SAMPLE_VFIO_MDEV_MDPY=m \
    CONFIG_SAMPLE_VFIO_MDEV_MBOCHS=m modules > "$work/make.log" 2>&1 || { cat "$work/make.log" >&2; exit 1; }

mkdir "$work/result"
modules=$work/result/modules/lib/modules/$abi-amd64
from=$work/root/lib/modules/$abi-amd64
mkdir -p "$modules/kernel"
cp "$from/modules.builtin" "$from/modules.builtin.modinfo" "$from/modules.order" "$modules/"
for module in virt/lib/irqbypass drivers/vfio/vfio drivers/vfio/mdev/mdev \
    drivers/virtio/virtio drivers/virtio/virtio_ring drivers/virtio/virtio_pci drivers/virtio/virtio_pci_legacy_dev \
    drivers/virtio/virtio_pci_modern_dev drivers/block/virtio_blk crypto/crc32c_generic lib/crc16 fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4; do
    cp "$from/kernel/$module.ko" "$modules/kernel/"
done
cp "$samples/mtty.ko" "$samples/mdpy.ko" "$samples/mbochs.ko" "$modules/kernel/"
depmod -b "$work/result/modules" -E "$headers/Module.symvers" -e "$abi-amd64" 2> "$work/depmod.log"
if [ -s "$work/depmod.log" ]; then
    cat "$work/depmod.log" >&2
    exit 1
fi
cp "$work/root/boot/vmlinuz-$abi-amd64" "$work/result/vmlinuz"
cp "$work/root/bin/busybox" "$work/result/busybox"
touch "$work/result/complete"
rm -rf "$result"
mv "$work/result" "$result"
echo "$result"
