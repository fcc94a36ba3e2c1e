#!/bin/sh
# Puts a small, fresh Debian of this machine's release into a directory, with some packages:
#   scripts/unpack-debian.sh DIRECTORY PACKAGE,...
# It is built once and kept in the cache.
set -eu

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=$2
archive=$cache/debian-$release-$(echo "$packages" | md5sum | cut -c 1-8).tar

if [ ! -e "$archive" ]; then
    mkdir -p "$cache"
    exec 9> "$archive.lock"
    flock 9
fi
if [ ! -e "$archive" ]; then
    mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian|Debian|//p' | head -n 1)
    [ -n "$mirror" ] || { echo "$0: apt on this machine knows no Debian mirror" >&2; exit 1; }
    work=$(mktemp -d "$cache/debootstrap.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    debootstrap --variant=minbase --include="$packages" "$release" "$work/root" "$mirror" > "$work/log" 2>&1 ||
        { tail -n 30 "$work/log" >&2; exit 1; }
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
    tar -C "$work/root" -cf "$work/archive" .
    mv "$work/archive" "$archive"
fi
mkdir -p "$1"
tar -C "$1" -xf "$archive"
