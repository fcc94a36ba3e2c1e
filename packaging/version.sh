#!/bin/sh
# Prints the version as packages spell it. A version to come, 2.0.0-dev, sorts before 2.0.0 with a tilde: 2.0.0~dev.
#   packaging/version.sh
set -eu
cd "$(dirname "$0")/.."
sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json | tr - '~'
