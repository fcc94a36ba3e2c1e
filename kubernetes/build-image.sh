#!/bin/sh
# Makes a container image of the static executable, without a daemon, as an OCI archive:
#   kubernetes/build-image.sh PROGRAM ARCHIVE
# There is nothing else in it but the terms of what the executable consists of. The same executable gives the same bytes.
set -eu

cd "$(dirname "$0")/.."
program=$1
archive=$2
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2> /dev/null || stat -c %Y package.json)}"
time=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
root=$work/root
image=$work/image
tag=$image:$(packaging/version.sh | tr '~' -)

umask 022
install -D "$program" "$root/usr/sbin/mdevctl"
install -d "$root/usr/share/doc/mdevctl"
packaging/copyright.sh > "$root/usr/share/doc/mdevctl/copyright"
install -m 644 LICENSE "$root/usr/share/doc/mdevctl"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

rootless=
[ "$(id -u)" = 0 ] || rootless=--rootless
umoci init --layout "$image"
umoci new --image "$tag"
# shellcheck disable=SC2086 # empty, or one word
umoci insert $rootless --image "$tag" --history.created "$time" "$root/usr" /usr
umoci config --image "$tag" --no-history --created "$time" --config.entrypoint /usr/sbin/mdevctl
umoci gc --layout "$image"

tar --create --file "$archive" --directory "$image" --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
    --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw .
