#!/bin/sh
# Packs the initramfs of a guest: busybox, the driver modules, mdevctl and the checks.
#   usage: test/guest/pack.sh SUITE KERNEL PROGRAM OUTPUT CHECKS...
# SUITE is the directory of the suite, whose words.sh the checks are written with. KERNEL is the directory that its
# build-kernel.sh or build-guest.sh printed; all that is in its root/ goes into the guest. PROGRAM is one of: a .js file
# (Node goes into the guest too), an executable (with the shared libraries it needs, if any), or a wrapper beside a root/
# that holds mdevctl 1.4 with its own loader and libraries, as scripts/fetch-reference.sh makes it. CHECKS are the files
# of checks/ to run.
set -eu

[ $# -ge 5 ] || { echo "usage: $0 SUITE KERNEL PROGRAM OUTPUT CHECKS..." >&2; exit 2; }
suite=$1
kernel=$2
program=$3
output=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
[ -e "$program" ] || { echo "$0: no such program: $program" >&2; exit 1; }

guest=$(mktemp -d)
trap 'rm -rf "$guest"' EXIT
trap 'exit 1' HUP INT TERM

# Copies an executable, its loader and the shared libraries that LISTER (ldd, or a loader's --list) names.
add_executable() {
    from=$1
    to=$2
    lister=$3
    mkdir -p "$guest/$(dirname "$to")"
    cp -L "$from" "$guest/$to"
    chmod 755 "$guest/$to"
    for library in $($lister "$from" 2>/dev/null | grep -o '/[^ ]*[.]so[^ ]*'); do
        mkdir -p "$guest/lib64" "$guest/lib/x86_64-linux-gnu"
        case $library in
            */ld-linux-*) cp -L "$library" "$guest/lib64/" ;;
            *) cp -L "$library" "$guest/lib/x86_64-linux-gnu/" ;;
        esac
    done
}

(cd "$guest" && mkdir -p bin dev etc proc root run sbin sys tmp usr/bin usr/lib usr/sbin checks)
cp "$kernel/busybox" "$guest/bin/busybox"
cp -r "$kernel/modules/lib" "$guest/"
[ ! -e "$kernel/root" ] || cp -r "$kernel/root/." "$guest/"
cp "$here/init" "$here/check.sh" "$suite/words.sh" "$guest/"
cp "$@" "$guest/checks/"

# The programs, by name, and other files, by path, that the checks need of this machine.
for need in $(cat "$@" | sed -n 's/^needs //p'); do
    case $need in
        /*) mkdir -p "$guest$(dirname "$need")" && cp -L "$need" "$guest$need" ;;
        *) add_executable "$(command -v "$need")" "usr/bin/$need" ldd ;;
    esac
done

reference=$(dirname "$program")/root
case $program in
    *.js)
        # As npm installs it: the command is a link to the bundle in its package. On Node, locking needs util-linux's
        # flock.
        add_executable "$(command -v node)" usr/bin/node ldd
        add_executable "$(command -v flock)" usr/bin/flock ldd
        mkdir -p "$guest/usr/lib/node_modules/mdevctl/dist"
        cp "$here/../../package.json" "$guest/usr/lib/node_modules/mdevctl/"
        cp "$program" "$guest/usr/lib/node_modules/mdevctl/dist/mdevctl.js"
        chmod 755 "$guest/usr/lib/node_modules/mdevctl/dist/mdevctl.js"
        ln -s ../lib/node_modules/mdevctl/dist/mdevctl.js "$guest/usr/sbin/mdevctl"
        ;;
    *)
        if [ -e "$reference/usr/bin/mdevctl" ]; then
            libraries=$reference/usr/lib/x86_64-linux-gnu
            add_executable "$reference/usr/bin/mdevctl" usr/sbin/mdevctl \
                "$libraries/ld-linux-x86-64.so.2 --library-path $libraries --list"
            cp -L "$libraries/ld-linux-x86-64.so.2" "$guest/lib64/"
            touch "$guest/reference"
        else
            add_executable "$program" usr/sbin/mdevctl ldd
        fi
        ;;
esac
ln -s mdevctl "$guest/usr/sbin/lsmdev"

(cd "$guest" && find . | cpio --quiet -o -H newc -R 0:0) > "$output"
