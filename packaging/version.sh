#!/bin/sh
# Prints the version as packages spell it: 2.0.0-dev as 2.0.0~dev, which sorts before 2.0.0.
#   packaging/version.sh
set -eu
cd "$(dirname "$0")/.."
sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json | tr - '~'
