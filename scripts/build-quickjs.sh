#!/bin/sh
# Finds or builds the QuickJS engine that the native executable is made of, and prints the directory that holds it:
#   scripts/build-quickjs.sh
# There are qjsc, quickjs.h, quickjs-libc.h and libquickjs.a of one version. They are the distribution's, where it has them
# (on Debian 13 they are installed: packages quickjs and libquickjs); on Debian 12 they are built from Debian 13's source
# package, once, into the cache.
set -eu

cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
scripts=$(CDPATH= cd "$(dirname "$0")" && pwd)
installed=$cache/quickjs-installed
built=$cache/quickjs-O3
mkdir -p "$cache"

first_of() {
    for file in "$@"; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
}

# Links to the distribution's engine; fails where it has none. quickjs-ng, which has files of the same names, is another one.
use_installed() {
    compiler=$(command -v qjsc) && "$compiler" --help 2>&1 | grep -q '^QuickJS Compiler' || return 1
    headers=$(first_of /usr/include/quickjs /usr/local/include/quickjs)
    library=$(first_of /usr/lib/*/quickjs/libquickjs.a /usr/lib64/quickjs/libquickjs.a /usr/lib/quickjs/libquickjs.a \
        /usr/local/lib/quickjs/libquickjs.a)
    [ -n "$headers" ] && [ -n "$library" ] || return 1
    mkdir -p "$installed"
    ln -sf "$compiler" "$headers/quickjs.h" "$headers/quickjs-libc.h" "$library" "$installed"
    echo "$installed"
}

install_and_use() {
    apt-cache show libquickjs > /dev/null 2>&1 && "$scripts/install-packages.sh" quickjs libquickjs && use_installed
}

build_from_source() {
    "$scripts/install-packages.sh" make xz-utils
    work=$(mktemp -d "$cache/quickjs.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    "$scripts/fetch-debian.sh" trixie "$work" src:quickjs >&2
    mkdir "$work/source" "$work/engine"
    tar -xf "$work"/quickjs_*.orig.tar.* -C "$work/source" --strip-components=1
    # Sections, so that the linker can leave out what is not used.
    make -s -C "$work/source" CFLAGS_OPT='$(CFLAGS) -O3 -ffunction-sections -fdata-sections' \
        qjsc libquickjs.a > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    (cd "$work/source" && cp qjsc quickjs.h quickjs-libc.h libquickjs.a "$work/engine")
    # Of two builds at the same time the first one to end counts.
    mv -T "$work/engine" "$built" 2> /dev/null || [ -e "$built/libquickjs.a" ]
}

if ! use_installed; then
    command -v apt-get > /dev/null ||
        { echo "$0: no QuickJS here: install the package that has qjsc and libquickjs.a" >&2; exit 1; }
    "$scripts/install-packages.sh" gcc libc6-dev
    if [ -e "$built/libquickjs.a" ] || ! install_and_use; then
        [ -e "$built/libquickjs.a" ] || build_from_source
        echo "$built"
    fi
fi
