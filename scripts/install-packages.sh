#!/bin/sh
# Installs the named Debian packages that are missing; needs root only if there are any:
#   scripts/install-packages.sh NAME...
set -eu

missing=
for name in "$@"; do
    status=$(dpkg-query --show --showformat '${db:Status-Status}' "$name" 2> /dev/null) || status=
    [ "$status" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

# Suites run side by side.
exec 9< "$0"
flock 9

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # package names have no spaces
install() { apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing > "$log" 2>&1; }
# A new machine has no package lists yet, and old ones may name versions that the mirror no longer has.
install || { apt-get -qq update > "$log" 2>&1 && install; } ||
    { echo "$0: cannot install$missing" >&2; cat "$log" >&2; exit 1; }
