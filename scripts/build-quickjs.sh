#!/bin/sh
# Finds or builds the QuickJS engine that the native executable is made of, and prints the directory that holds it:
#   scripts/build-quickjs.sh [musl-gcc|gcc]
# There are qjsc, quickjs.h, quickjs-libc.h and libquickjs.a of one version, and `cc`, the compiler to link them with. On Debian
# the engine is built from the source package of Debian 13, once, into the cache: with musl's C library, with which a static
# executable starts faster, and compiled for what mdevctl does most (docs/performance.md). Elsewhere, and for gcc where there
# are such packages, it is the distribution's.
set -eu

compiler=${1:-musl-gcc}
cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
scripts=$(CDPATH= cd "$(dirname "$0")" && pwd)
mkdir -p "$cache"

first_of() {
    for file in "$@"; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
}

# Links to the distribution's engine; fails where it has none. quickjs-ng, which has files of the same names, is another one.
use_installed() {
    directory=$cache/quickjs-installed
    qjsc=$(command -v qjsc) && "$qjsc" --help 2>&1 | grep -q '^QuickJS Compiler' || return 1
    headers=$(first_of /usr/include/quickjs /usr/local/include/quickjs)
    library=$(first_of /usr/lib/*/quickjs/libquickjs.a /usr/lib64/quickjs/libquickjs.a /usr/lib/quickjs/libquickjs.a \
        /usr/local/lib/quickjs/libquickjs.a)
    [ -n "$headers" ] && [ -n "$library" ] || return 1
    mkdir -p "$directory"
    ln -sf "$qjsc" "$headers/quickjs.h" "$headers/quickjs-libc.h" "$library" "$directory"
    ln -sf "$(command -v gcc)" "$directory/cc"
    echo "$directory"
}

# Compiles it with these options. Sections, so that the linker can leave out what is not used; at fixed addresses, as the
# executable is static.
compile() {
    make -s -C "$work/source" CC="$compiler" LDFLAGS="-static -no-pie $1" \
        CFLAGS_OPT="\$(CFLAGS) -O3 -fno-pie -ffunction-sections -fdata-sections $1" \
        qjsc libquickjs.a > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    (cd "$work/source" && cp qjsc quickjs.h quickjs-libc.h libquickjs.a "$work/engine")
}

build_from_source() {
    # The compiler is needed with an engine from the cache as well.
    "$scripts/install-packages.sh" gcc libc6-dev make xz-utils musl-tools
    # Whatever changes in how it is made makes another engine.
    directory=$cache/quickjs-$compiler-$(cat "$scripts/build-quickjs.sh" "$scripts/train-quickjs.mjs" | cksum | cut -d ' ' -f 1)
    if [ ! -e "$directory/libquickjs.a" ]; then
        work=$(mktemp -d "$cache/quickjs.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        "$scripts/fetch-debian.sh" trixie "$work" src:quickjs >&2
        mkdir "$work/source" "$work/engine"
        tar -xf "$work"/quickjs_*.orig.tar.* -C "$work/source" --strip-components=1
        ln -s "$(command -v "$compiler")" "$work/engine/cc"
        if [ "$compiler" = gcc ]; then
            compile ''
        else
            # The compiler lays the engine out for what mdevctl does most, which a run of it shows.
            compile "-fprofile-generate -fprofile-dir=$work/profile"
            (cd "$scripts/.." && node scripts/run-ts.mjs scripts/train-quickjs.mjs "$work/engine" "$work" >&2)
            make -s -C "$work/source" clean
            compile "-fprofile-use=$work/profile -fprofile-partial-training -Wno-missing-profile"
        fi
        # Of two builds at the same time the first one to end counts.
        mv -T "$work/engine" "$directory" 2> /dev/null || [ -e "$directory/libquickjs.a" ]
    fi
    echo "$directory"
}

if ! command -v apt-get > /dev/null || [ "$compiler" = gcc ]; then
    use_installed && exit
fi
command -v apt-get > /dev/null ||
    { echo "$0: no QuickJS here: install the package that has qjsc and libquickjs.a" >&2; exit 1; }
build_from_source
