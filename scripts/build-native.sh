#!/bin/sh
# Builds the native executable, build/mdevctl: one static file that needs neither Node.js nor a shared library.
#   scripts/build-native.sh [ENTRY OUTPUT [GCC-OPTION...]]
# TypeScript becomes one module (esbuild; nothing of Node may be left in it), that becomes byte code (qjsc), and that is linked
# with the engine. Tests are built in the same way from an ENTRY of their own, and with other options than those of a release.
set -eu

cd "$(dirname "$0")/.."
entry=${1:-src/main.quickjs.ts}
output=${2:-build/mdevctl}
shift $(($# < 2 ? $# : 2))

engine=$(scripts/build-quickjs.sh)
work=$output.parts
mkdir -p "$work"

version=$(node --print 'JSON.stringify(require("./package.json").version)')
node_modules/.bin/esbuild "$entry" --outfile="$work/program.mjs" --bundle --platform=neutral --format=esm --target=es2023 \
    --external:posix --minify-syntax "--define:MDEVCTL_VERSION=$version" --log-level=warning

# -s: without debug information, which would be read at every start.
"$engine/qjsc" -c -m -s -M posix -N program -o "$work/program.c" "$work/program.mjs"

# The linker would warn that the C library's character set conversions, which nothing here uses, need its shared form.
[ $# -gt 0 ] || set -- -O2 -static -s -Wl,--gc-sections,--no-warnings
gcc -Wall -Wextra -Werror -Wno-unused-parameter -isystem "$engine" "$@" -o "$output" \
    src/main.quickjs.c src/system/posix.c "$work/program.c" "$engine/libquickjs.a" -lm -lpthread
