#!/bin/sh
# Downloads packages of a Debian release, by name, from the mirror that this machine's apt uses:
#   scripts/fetch-debian.sh RELEASE DIRECTORY NAME...
# NAME is a binary package, or src:NAME for the files of a source package. Nothing is installed. RELEASE need not be the
# machine's own, because apt's state for it is kept in the cache.
set -eu

[ $# -ge 3 ] || { echo "usage: $0 RELEASE DIRECTORY NAME..." >&2; exit 2; }
release=$1
directory=$2
shift 2

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
state=$cache/apt/$release
mkdir -p "$directory" "$state/lists/partial" "$state/archives/partial"

mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | head -n 1)
[ -n "$mirror" ] || { echo "$0: apt on this machine knows no Debian mirror" >&2; exit 1; }

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for suite in "$release" "$release-updates"; do
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite"
    printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite"
done > "$state/sources.list"
: > "$state/status"

apt() {
    apt-get -qq -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Cache::Archives="$state/archives" -o APT::Sandbox::User=root "$@"
}

# At most one update a day; the lock is for calls at the same time.
(
    flock 9
    if [ -z "$(find "$state/updated" -mtime -1 2>/dev/null)" ]; then
        apt update && touch "$state/updated"
    fi
) 9> "$state/lock"

cd "$directory"
for name in "$@"; do
    case $name in
        src:*) apt source --download-only "${name#src:}" ;;
        *) apt download "$name" ;;
    esac
done
