#!/bin/sh
# Prints under which terms the native executable of the packages may be passed on: ours, and those of the engine that is linked into it, which
# ask for being repeated.
#   packaging/copyright.sh
set -eu

cd "$(dirname "$0")/.."
cat << 'END'
mdevctl

Copyright: the authors of mdevctl
License: GNU Lesser General Public License, version 2.1 or, at your option, any later version. On Debian systems its text is
in /usr/share/common-licenses/LGPL-2.1.

The executable contains the JavaScript engine QuickJS, with these terms:

END
engine=$(scripts/build-quickjs.sh --profile)
sed -n '2,/\*\//{ s/^ \*\/\{0,1\} \{0,1\}//; p; }' "$engine/quickjs.h"
if [ "$(basename "$(readlink "$engine/cc")")" = musl-gcc ]; then
    cat << 'END'

It is linked with the C library musl, which comes with these terms, as some of its parts do with others like them:

END
    cat /usr/share/doc/musl/copyright
else
    cat << 'END'

It is linked with the GNU C Library, which is licensed under the GNU Lesser General Public License, version 2.1 or later.
END
fi
