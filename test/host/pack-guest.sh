#!/bin/sh
# Packs the initramfs that turns a Debian root into the host of the test: drivers, a program to install, what is defined
# before boot, and the checks.
#   usage: test/host/pack-guest.sh KERNEL RELEASE PROGRAM OUTPUT CHECKS...
# KERNEL is the directory that test/kernel/build-kernel.sh printed, or for trixie-vfio test/vfio/build-guest.sh. PROGRAM is
# the .deb of mdevctl, or the directory that scripts/fetch-reference.sh printed: mdevctl 1.4.0. CHECKS are the files to run.
set -eu

[ $# -ge 5 ] || { echo "usage: $0 KERNEL RELEASE PROGRAM OUTPUT CHECKS..." >&2; exit 2; }
kernel=$1
release=$2
program=$3
output=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)

guest=$(mktemp -d)
trap 'rm -rf "$guest"' EXIT
trap 'exit 1' HUP INT TERM

(cd "$guest" && mkdir -p bin dev proc root sbin sys usr/bin usr/sbin)
cp "$kernel/busybox" "$guest/bin/busybox"
cp -r "$kernel/modules/lib" "$guest/"
cp "$here/init" "$guest/"

# The files below cargo are copied over the Debian root.
cargo=$guest/cargo
mkdir -p "$cargo/host-test/checks"
cp "$here/run-checks.sh" "$cargo/host-test/"
cat "$here/../guest/check.sh" "$here/../kernel/words.sh" "$here/words.sh" > "$cargo/host-test/words.sh"
cp "$@" "$cargo/host-test/checks/"
mkdir -p "$cargo/etc/systemd/system/multi-user.target.wants"
cp "$here/host-test.service" "$cargo/etc/systemd/system/"
ln -s ../host-test.service "$cargo/etc/systemd/system/multi-user.target.wants/"

if [ "$release" = trixie-vfio ]; then
    # The host boots with services that stand for NVIDIA's, and automatic devices on both cards; one cannot be started.
    cp -r "$kernel/root/." "$cargo/"
    units=$cargo/etc/systemd/system
    cp "$here"/vfio/*.service "$units/"
    ln -s ../nvidia-vgpud.service "$units/multi-user.target.wants/"
    ln -s ../nvidia-sriov-manage@.service "$units/multi-user.target.wants/nvidia-sriov-manage@ALL.service"
    mkdir -p "$units/libvirtd.service.d" "$cargo/etc/modprobe.d" "$cargo/usr/lib/mdevctl/scripts.d/notifiers"
    cp "$here/vfio/libvirtd.conf" "$units/libvirtd.service.d/"
    cp "$here/vfio/count.sh" "$cargo/usr/lib/mdevctl/scripts.d/notifiers/"
    # udev must not load it.
    echo 'blacklist nvidia' > "$cargo/etc/modprobe.d/nvidia.conf"
    define_vgpu() { # VF UUID TYPE NAME
        mkdir -p "$cargo/etc/mdevctl.d/$1"
        printf '{"mdev_type":"nvidia-%s","type_name":"NVIDIA %s","start":"auto"}' "$3" "$4" > "$cargo/etc/mdevctl.d/$1/$2"
    }
    define_vgpu 0000:01:00.1 aaaaaaaa-0000-4000-8000-000000000001 1155 L40S-8Q
    define_vgpu 0000:01:00.2 aaaaaaaa-0000-4000-8000-000000000002 1155 L40S-8Q
    define_vgpu 0000:01:00.4 aaaaaaaa-0000-4000-8000-000000000003 1155 L40S-8Q
    define_vgpu 0000:02:00.1 bbbbbbbb-0000-4000-8000-000000000001 1523 "RTX Pro 4500 Blackwell DC-6Q"
else
    # The host boots with a driver, a definition that starts automatically and one that does not.
    mkdir -p "$cargo/etc/modules-load.d" "$cargo/etc/mdevctl.d/mtty"
    echo mtty > "$cargo/etc/modules-load.d/mtty.conf"
    define() { printf '{\n  "mdev_type": "mtty-1",\n  "start": "%s",\n  "attrs": []\n}' "$2" > "$cargo/etc/mdevctl.d/mtty/$1"; }
    define aaaaaaaa-0000-4000-8000-000000000001 auto
    define bbbbbbbb-0000-4000-8000-000000000002 manual
fi

case $program in
    *.deb) cp "$program" "$cargo/host-test/" ;;
    *)
        touch "$cargo/reference"
        mkdir -p "$cargo/usr/sbin"
        if [ "$release" = trixie ]; then
            # Its package is installed, whose udev rules look for it in /usr/sbin, where that package does not put it.
            ln -s ../bin/mdevctl "$cargo/usr/sbin/mdevctl"
        else
            # It comes with the C library of the release that it was built for.
            mkdir -p "$cargo/usr/lib/udev/rules.d" "$cargo/opt/mdevctl-1.4.0" \
                "$cargo/usr/lib/mdevctl/scripts.d/callouts" "$cargo/usr/lib/mdevctl/scripts.d/notifiers"
            cp -r "$program/mdevctl" "$program/root" "$cargo/opt/mdevctl-1.4.0/"
            cp "$program"/root/usr/lib/udev/rules.d/*mdevctl* "$cargo/usr/lib/udev/rules.d/"
            printf '#!/bin/sh\nexec /opt/mdevctl-1.4.0/mdevctl "$@"\n' > "$cargo/usr/sbin/mdevctl"
            chmod 755 "$cargo/usr/sbin/mdevctl"
        fi
        ;;
esac

(cd "$guest" && find . | cpio --quiet -o -H newc -R 0:0) > "$output"
