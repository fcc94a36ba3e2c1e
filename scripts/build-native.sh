#!/bin/sh
# Builds the native executable, build/mdevctl: one static file that needs neither Node.js nor a shared library.
#   scripts/build-native.sh [ENTRY [OUTPUT [GCC-OPTION...]]]
# TypeScript becomes one module (esbuild; nothing of Node may be left in it), that becomes byte code (qjsc), and that is linked
# with the engine. ENTRY and OUTPUT are for programs other than mdevctl: tests.
set -eu

cd "$(dirname "$0")/.."
entry=${1:-src/main.quickjs.ts}
output=${2:-build/mdevctl}
shift $(($# < 2 ? $# : 2))

engine=$(scripts/build-quickjs.sh)
work=$output.parts
mkdir -p "$work"

version=$(node --print 'JSON.stringify(require("./package.json").version)')
npx --no-install esbuild "$entry" --outfile="$work/program.mjs" --bundle --platform=neutral --format=esm --target=es2023 \
    --external:posix --minify-syntax "--define:MDEVCTL_VERSION=$version" --log-level=warning

# -s: without debug information, which would be read at every start.
"$engine/qjsc" -c -m -s -M posix -N program -o "$work/program.c" "$work/program.mjs"

gcc -O2 -static -s -Wall -Wextra -Werror -Wno-unused-parameter -isystem "$engine" "$@" \
    -o "$output" src/main.quickjs.c src/system/posix.c "$work/program.c" "$engine/libquickjs.a" -lm -ldl -lpthread
