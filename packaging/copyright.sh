#!/bin/sh
# Prints under which terms the native executable may be passed on: ours, and those of the engine that is linked into it, which
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
sed -n '2,/\*\//{ s/^ \*\/\{0,1\} \{0,1\}//; p; }' "$(scripts/build-quickjs.sh)/quickjs.h"
cat << 'END'

It is linked with the GNU C Library, which is licensed under the GNU Lesser General Public License, version 2.1 or later.
END
