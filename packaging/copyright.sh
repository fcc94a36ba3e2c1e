#!/bin/sh
# Prints the licences of the packages' executable: ours, those of the JavaScript in it that others have written, which the build has
# put into dist/licences.txt, and those of the engine and the C library that are linked into it:
#   packaging/copyright.sh
set -eu

cd "$(dirname "$0")/.."
cat << 'END'
mdevctl

Copyright: the authors of mdevctl
License: GNU Lesser General Public License, version 2.1 or, at your option, any later version. On Debian systems its text is
in /usr/share/common-licenses/LGPL-2.1.

END
cat dist/licences.txt - << 'END'

The executable contains the JavaScript engine QuickJS, with these terms:

END
engine=$(scripts/build-quickjs.sh --profile)
sed -n '2,/\*\//{ s/^ \*\/\{0,1\} \{0,1\}//; p; }' "$engine/quickjs.h"
if [ "$(basename "$(readlink "$engine/cc")")" = musl-gcc ]; then
    cat << 'END'

It is linked with the C library musl, which has these terms; some of its parts have similar ones:

END
    cat /usr/share/doc/musl/copyright
else
    cat << 'END'

It is linked with the GNU C Library, which is licensed under the GNU Lesser General Public License, version 2.1 or later.
END
fi
