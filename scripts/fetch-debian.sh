#!/bin/sh
# Downloads packages of a Debian release, by name, from the mirror that this machine's apt uses:
#   scripts/fetch-debian.sh RELEASE DIRECTORY NAME...
#   scripts/fetch-debian.sh RELEASE --version NAME
# NAME is a binary package, or src:NAME for the files of a source package. Nothing is installed. RELEASE, which may also be
# called bookworm-backports, need not be the machine's own, because apt's state for it is kept in the cache. --version
# prints the version of source package NAME that would be downloaded, without a network as of the last time that there was
# one.
set -eu

[ $# -ge 3 ] || { echo "usage: $0 RELEASE DIRECTORY|--version NAME..." >&2; exit 2; }
release=$1
directory=$2
shift 2

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
state=$cache/apt/$release
mkdir -p "$state/lists/partial" "$state/archives/partial"

mirror_of() { # LABEL
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n "s/^Debian|$1|//p" | head -n 1
}
mirror=$(mirror_of Debian)
security=$(mirror_of Debian-Security)
[ -n "$mirror" ] || { echo "$0: apt on this machine knows no Debian mirror" >&2; exit 1; }

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
list_suite() { # MIRROR SUITE
    printf '%s [signed-by=%s] %s %s main\n' deb "$keyring" "$@" deb-src "$keyring" "$@"
}
{
    list_suite "$mirror" "$release"
    case $release in
        *-backports) ;;
        *)
            list_suite "$mirror" "$release-updates"
            [ -z "$security" ] || list_suite "$security" "$release-security"
            ;;
    esac
} > "$state/sources.list"
: > "$state/status"

apt() { # TOOL ARGUMENT...
    tool=$1
    shift
    "$tool" -qq -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State="$state" -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Cache::Archives="$state/archives" -o APT::Sandbox::User=root "$@"
}

# At most one update a day; the lock is for calls at the same time.
(
    flock 9
    if [ -z "$(find "$state/updated" -mtime -1 2>/dev/null)" ]; then
        apt apt-get update && touch "$state/updated"
    fi
) 9> "$state/lock"

if [ "$directory" = --version ]; then
    apt apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -V | tail -n 1 | grep .
    exit
fi

mkdir -p "$directory"
cd "$directory"
for name in "$@"; do
    case $name in
        src:*) apt apt-get source --download-only "${name#src:}" ;;
        *) apt apt-get download "$name" ;;
    esac
done
