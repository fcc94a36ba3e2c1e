#!/bin/sh
# Prepares a kernel of Debian's backports with our driver that acts as NVIDIA's, and prints the directory that holds:
#   vmlinuz   busybox (static)   modules/ (a tree for modprobe -d: nvidia, and for a guest with a disk virtio_blk, ext4)
#   root/ (what else goes into the guest: /usr/bin/hold, /usr/lib/nvidia/: sriov-manage, nvidia-smi)
#   usage: test/vfio/build-guest.sh
# Nothing of it is installed on this machine except the few tools named below. What is downloaded is kept for each version
# of the kernel, what is built for each version of the sources here.
set -eu

[ $# -eq 0 ] || { echo "usage: $0" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
fetch=$here/../../scripts/fetch-debian.sh
cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}/vfio
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9

hash() { cat "$@" | sha256sum | cut -c 1-16; }
version=$("$fetch" bookworm-backports --version linux)
# A change of this recipe makes new directories.
kernel=$cache/linux-$version-$(hash "$0")
result=$kernel-$(hash "$here"/driver/* "$here"/guest/*)
if [ -e "$result" ]; then
    echo "$result"
    exit
fi

"$here/../../scripts/install-packages.sh" gcc kmod libc6-dev libelf1 libssl3 make xz-utils >&2
rm -rf "$cache"/work.*
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Leaves in $work/kernel: vmlinuz, busybox, modules/, headers (the directory in which modules are built).
fetch_kernel() {
    mkdir "$work/kernel" "$work/debs"
    # The name of a kernel's packages holds its release, which is what the package without it depends on.
    "$fetch" bookworm-backports "$work/debs" linux-headers-amd64 >&2
    release=$(dpkg-deb --field "$work"/debs/linux-headers-amd64_*.deb Depends | sed 's/^linux-headers-\([^ ]*\) .*/\1/')
    echo "preparing Linux $release ($version) in $kernel" >&2
    # Only the kernel without a signature is sure to be there in the version of the headers.
    "$fetch" bookworm-backports "$work/debs" "linux-image-$release-unsigned" "linux-headers-$release" \
        "linux-headers-${release%-amd64}-common" "linux-kbuild-${release%-amd64}" >&2
    "$fetch" bookworm "$work/debs" busybox-static >&2
    for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done

    mv "$work/root/boot/vmlinuz-$release" "$work/kernel/vmlinuz"
    mv "$work/root/bin/busybox" "$work/kernel/busybox"

    # The headers refer to each other by absolute path; here they lie below a directory of their own. With the file
    # vmlinux, building a module would need pahole.
    mkdir -p "$work/kernel/build/lib" "$work/kernel/build/src"
    mv "$work"/root/usr/lib/linux-kbuild-* "$work/kernel/build/lib/"
    mv "$work"/root/usr/src/linux-* "$work/kernel/build/src/"
    headers=$work/kernel/build/src/linux-headers-$release
    sed -i 's|/usr/src/|../|' "$headers/Makefile"
    rm -f "$headers/vmlinux"
    ln -s "build/src/linux-headers-$release" "$work/kernel/headers"

    # The modules that a guest needs, and those that they need.
    depmod -b "$work/root" "$release"
    tree=$work/kernel/modules/lib/modules/$release
    mkdir -p "$tree/kernel"
    cp "$work/root/lib/modules/$release"/modules.builtin* "$work/root/lib/modules/$release/modules.order" "$tree/"
    for module in vfio_iommu_type1 vfio-pci-core vfio-pci virtio_pci virtio_blk ext4; do
        modprobe -d "$work/root" -S "$release" --show-depends "$module"
    done | sed -n 's/^insmod //p' | sort -u | while read -r module; do
        name=$(basename "$module" .xz)
        xz -dc "$module" > "$tree/kernel/$name"
    done
}

# Leaves in $work/guest all that the result holds.
build_guest() {
    mkdir -p "$work/guest/root/usr/bin" "$work/guest/root/usr/lib/nvidia"
    cp "$kernel/vmlinuz" "$kernel/busybox" "$work/guest/"
    cp -r "$kernel/modules" "$work/guest/"
    cp -r "$here/driver" "$work/driver"
    log=$work/make.log
    make -C "$kernel/headers/" M="$work/driver" modules > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
    release=$(ls "$work/guest/modules/lib/modules")
    strip --strip-debug "$work/driver/nvidia.ko"
    cp "$work/driver/nvidia.ko" "$work/guest/modules/lib/modules/$release/kernel/"
    depmod -b "$work/guest/modules" -E "$kernel/headers/Module.symvers" -e "$release" 2> "$log"
    [ ! -s "$log" ] || { cat "$log" >&2; exit 1; }
    gcc -static -O2 -Wall -Wextra -Werror -o "$work/guest/root/usr/bin/hold" "$here/guest/hold.c"
    cp "$here/guest/sriov-manage" "$here/guest/nvidia-smi" "$work/guest/root/usr/lib/nvidia/"
}

if [ ! -e "$kernel" ]; then
    fetch_kernel
    mv "$work/kernel" "$kernel"
fi
build_guest
mv "$work/guest" "$result"
echo "$result"
