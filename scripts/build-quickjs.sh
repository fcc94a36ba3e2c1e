#!/bin/sh
# Finds or builds the QuickJS engine for the native executable, and prints its directory:
#   scripts/build-quickjs.sh [--profile|--sanitize] [musl-gcc|gcc]
# The directory has qjsc, quickjs.h and libquickjs.a of one version, and `cc`, the compiler to link with, which knows -static-pie.
# On Debian the engine is compiled from the source package of Debian 13, with Debian's patches, and cached for as long as that has
# the same version: with musl, because a static executable starts faster with it. --profile compiles it twice, to optimize it for
# what mdevctl does most (docs/performance.md); --sanitize, for gcc, compiles the library for the sanitizers. Elsewhere, and for
# plain gcc if it is installed, the engine is the distribution's, whatever the options.
set -eu

variant=
case ${1:-} in
    --profile | --sanitize) variant=${1#-}; shift ;;
esac
compiler=${1:-musl-gcc}
cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
scripts=$(CDPATH= cd "$(dirname "$0")" && pwd)
mkdir -p "$cache"

first_of() {
    for file in "$@"; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
}

# Links to the distribution's engine; fails if there is none. quickjs-ng has files of the same names, but is a different engine.
use_installed() {
    directory=$cache/quickjs-installed
    qjsc=$(command -v qjsc) && "$qjsc" --help 2>&1 | grep -q '^QuickJS Compiler' || return 1
    headers=$(first_of /usr/include/quickjs /usr/local/include/quickjs)
    library=$(first_of /usr/lib/*/quickjs/libquickjs.a /usr/lib64/quickjs/libquickjs.a /usr/lib/quickjs/libquickjs.a \
        /usr/local/lib/quickjs/libquickjs.a)
    [ -n "$headers" ] && [ -n "$library" ] || return 1
    mkdir -p "$directory"
    ln -sf "$qjsc" "$headers/quickjs.h" "$library" "$directory"
    ln -sf "$(command -v gcc)" "$directory/cc"
    echo "$directory"
}

# Compiles the engine with additional options. Sections let the linker drop unused code.
compile() {
    options=$1
    shift
    make -s -C "$work/source" clean
    make -s -C "$work/source" CC="$compiler" LDFLAGS="-static -no-pie $options" \
        CFLAGS_OPT="\$(CFLAGS) -O3 -fPIE -ffunction-sections -fdata-sections $options" \
        "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    (cd "$work/source" && cp quickjs.h "$@" "$work/engine")
}

# musl-gcc takes -static-pie for a request of a dynamic executable.
write_musl_compiler() { # FILE
    musl=/usr/lib/$(uname -m)-linux-musl
    cat > "$1" <<END
#!/bin/sh
exec musl-gcc -nostartfiles -Wl,-static,-pie,--no-dynamic-linker,-z,text $musl/rcrt1.o $musl/crti.o "\$@" $musl/crtn.o
END
    chmod +x "$1"
}

build_from_source() {
    # A cached engine needs the compiler, too.
    "$scripts/install-packages.sh" gcc libc6-dev dpkg-dev make musl-tools
    # A new version of the package, perhaps for its security, or a change to these scripts makes a new engine. A machine that cannot
    # learn the version takes the newest engine that it has.
    change=$(cat "$scripts/build-quickjs.sh" "$scripts/train-quickjs.mjs" | cksum | cut -d ' ' -f 1)
    if ! version=$("$scripts/fetch-debian.sh" trixie --version quickjs); then
        directory=$(ls -dt "$cache/quickjs-$compiler$variant"-*-"$change" 2> /dev/null | head -n 1)
        [ -n "$directory" ] || exit 1
        echo "$0: the version of quickjs in Debian 13 is unknown; taking $directory" >&2
        echo "$directory"
        return
    fi
    directory=$cache/quickjs-$compiler$variant-$version-$change
    if [ ! -e "$directory/libquickjs.a" ]; then
        work=$(mktemp -d "$cache/quickjs.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        "$scripts/fetch-debian.sh" trixie "$work" src:quickjs >&2
        mkdir "$work/engine"
        dpkg-source --no-check --extract "$work"/quickjs_*.dsc "$work/source" > "$work/log" 2>&1 ||
            { cat "$work/log" >&2; exit 1; }
        case $compiler in
            musl-gcc) write_musl_compiler "$work/engine/cc" ;;
            *) ln -s "$(command -v "$compiler")" "$work/engine/cc" ;;
        esac
        case $variant in
            -profile)
                compile "-fprofile-generate -fprofile-dir=$work/profile" qjsc libquickjs.a
                (cd "$scripts/.." && node scripts/run-ts.mjs scripts/train-quickjs.mjs "$work/engine" "$work" >&2)
                ls "$work"/profile/*.gcda > /dev/null
                compile "-fprofile-use=$work/profile -fprofile-partial-training -Wno-missing-profile" qjsc libquickjs.a
                ;;
            -sanitize)
                compile '' qjsc
                compile '-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' libquickjs.a
                ;;
            *) compile '' qjsc libquickjs.a ;;
        esac
        # If two builds run at the same time, the first to finish wins.
        mv -T "$work/engine" "$directory" 2> /dev/null || [ -e "$directory/libquickjs.a" ]
    fi
    echo "$directory"
}

if ! command -v apt-get > /dev/null || [ "$compiler$variant" = gcc ]; then
    use_installed && exit
fi
command -v apt-get > /dev/null ||
    { echo "$0: no QuickJS found: install the package that has qjsc and libquickjs.a" >&2; exit 1; }
build_from_source
