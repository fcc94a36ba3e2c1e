#!/bin/sh
# Prepares, once, the disk of a Debian host with systemd and libvirt's node device driver, and prints its path:
#   usage: test/host/build-root.sh RELEASE          bookworm (Debian 12: libvirt 9.0) or trixie (Debian 13: libvirt 11.3)
# An ext4 image made by debootstrap and the release's own packages. Debian 13's driver brings mdevctl 1.4.0 along.
set -eu

case $*,$# in
    bookworm,1) packages='libvirt-daemon-system libvirt-daemon-system-systemd' ;;
    trixie,1) packages='libvirt-daemon libvirt-daemon-driver-nodedev' ;;
    *) echo "usage: $0 bookworm|trixie" >&2; exit 2 ;;
esac
release=$1

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}/host
# A change of this recipe makes a new image.
result=$cache/$release-$(sha256sum "$0" | cut -c 1-16).img
mkdir -p "$cache"
exec 9> "$cache/$release.lock"
flock 9
if [ -e "$result" ]; then
    echo "$result"
    exit
fi

export DEBIAN_FRONTEND=noninteractive
"$(dirname "$0")/../../scripts/install-packages.sh" debootstrap e2fsprogs >&2
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1)
[ -n "$mirror" ] || { echo "$0: apt on this machine knows no Debian mirror" >&2; exit 1; }
echo "installing a Debian host ($release) in $result" >&2

rm -rf "$cache/$release".work.*
work=$(mktemp -d "$cache/$release.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root

{
    debootstrap --variant=minbase "$release" "$root" "$mirror"
    cp /etc/resolv.conf "$root/etc/"
    chroot "$root" apt-get -qq install -y --no-install-recommends systemd-sysv udev kmod libvirt-clients $packages
} < /dev/null > "$work/log" 2>&1 || { tail -n 50 "$work/log" >&2; exit 1; }

# Nobody logs in, and nothing is old enough to be looked after.
for unit in getty@tty1.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer logrotate.timer libvirt-guests.service systemd-pstore.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
echo host > "$root/etc/hostname"
: > "$root/etc/fstab"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc "$root"/usr/share/locale

truncate -s 700M "$work/image"
mke2fs -q -t ext4 -d "$root" "$work/image"
mv "$work/image" "$result"
echo "$result"
