#!/bin/sh
# Finds or builds the QuickJS engine that the native executable is made of, and prints the directory that holds it:
#   scripts/build-quickjs.sh
# There are qjsc, quickjs.h, quickjs-libc.h and libquickjs.a of one version. They are the distribution's, where it has them
# (on Debian 13 they are installed: packages quickjs and libquickjs); on Debian 12 they are built from Debian 13's source
# package, once, into the cache.
set -eu

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
scripts=$(CDPATH= cd "$(dirname "$0")" && pwd)
mkdir -p "$cache"

install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return 1
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" > "$cache/apt.log" 2>&1 ||
        { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"; } \
            > "$cache/apt.log" 2>&1 || { cat "$cache/apt.log" >&2; return 1; }
}

first_of() {
    for file in "$@"; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
}

# Links to the distribution's engine; fails where it has none. quickjs-ng, which has the same file names, is another engine.
use_installed() {
    compiler=$(command -v qjsc) || return 1
    "$compiler" --help 2>&1 | grep -q '^QuickJS Compiler version' || return 1
    headers=$(first_of /usr/include/quickjs /usr/local/include/quickjs)
    library=$(first_of /usr/lib/*/quickjs/libquickjs.a /usr/lib64/quickjs/libquickjs.a /usr/lib/quickjs/libquickjs.a \
        /usr/local/lib/quickjs/libquickjs.a)
    [ -n "$headers" ] && [ -n "$library" ] || return 1
    directory=$cache/quickjs-installed
    mkdir -p "$directory"
    ln -sf "$compiler" "$headers/quickjs.h" "$headers/quickjs-libc.h" "$library" "$directory"
}

build_from_source() {
    for tool in gcc make xz; do
        command -v $tool > /dev/null || install_packages build-essential xz-utils ||
            { echo "$0: $tool is missing; install a C compiler, make and xz" >&2; exit 1; }
    done
    command -v apt-get > /dev/null ||
        { echo "$0: no QuickJS here; install the distribution's package with qjsc and libquickjs.a" >&2; exit 1; }
    directory=$cache/quickjs
    [ ! -e "$directory/libquickjs.a" ] || return 0
    work=$(mktemp -d "$cache/quickjs.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    "$scripts/fetch-debian.sh" trixie "$work" src:quickjs >&2
    mkdir "$work/source"
    tar -xf "$work"/quickjs_*.orig.tar.* -C "$work/source" --strip-components=1
    make -s -C "$work/source" qjsc libquickjs.a > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    mkdir "$work/engine"
    for file in qjsc quickjs.h quickjs-libc.h libquickjs.a; do
        cp "$work/source/$file" "$work/engine"
    done
    # Two builds at the same time: the first one to end counts.
    mv -T "$work/engine" "$directory" 2> /dev/null || [ -e "$directory/libquickjs.a" ]
}

if ! use_installed; then
    if apt-cache show libquickjs > /dev/null 2>&1 && install_packages build-essential quickjs libquickjs && use_installed; then
        :
    else
        build_from_source
    fi
fi
echo "$directory"
