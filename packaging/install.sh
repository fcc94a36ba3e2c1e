#!/bin/sh
# Installs or removes everything that packaging/files lists, or prints the list with its variables expanded:
#   packaging/install.sh install|uninstall|list
# PREFIX defaults to /usr/local; everything goes below DESTDIR. sbindir, udevdir, unitdir, mandir, docdir, bashdir, zshdir and fishdir can
# be set as well, and default to what pkg-config says on this machine, or to the usual places. program is the executable to install,
# build/mdevctl by default.
set -eu

cd "$(dirname "$0")/.."
PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
program=${program:-build/mdevctl}

# PACKAGE VARIABLE FALLBACK: a directory from pkg-config, with our prefix instead of the package's.
directory_of() {
    pkg-config --define-variable=prefix="$PREFIX" --define-variable=datadir="$PREFIX/share" --variable="$2" "$1" \
        2> /dev/null | grep . || echo "$3"
}

sbindir=${sbindir:-$PREFIX/sbin}
mandir=${mandir:-$PREFIX/share/man}
docdir=${docdir:-$PREFIX/share/doc/mdevctl}
bashdir=${bashdir:-$(directory_of bash-completion completionsdir "$PREFIX/share/bash-completion/completions")}
fishdir=${fishdir:-$(directory_of fish completionsdir "$PREFIX/share/fish/vendor_completions.d")}
zshdir=${zshdir:-$PREFIX/share/zsh/site-functions}
# udev and systemd read from few places, whatever the prefix. What is in /usr/local overrides what is in a distribution's package.
case $PREFIX in
    /usr/local)
        udevdir=${udevdir:-/usr/local/lib/udev}
        unitdir=${unitdir:-/usr/local/lib/systemd/system}
        ;;
    *)
        udevdir=${udevdir:-$(directory_of udev udevdir /usr/lib/udev)}
        unitdir=${unitdir:-$(directory_of systemd systemdsystemunitdir /usr/lib/systemd/system)}
        ;;
esac

list() {
    grep '^[a-z]' packaging/files | while read -r kind path source; do
        eval "echo $kind $path $source"
    done
}

install_one() { # KIND PATH SOURCE
    case $1 in
        directory) install -d -m 755 "$DESTDIR$2" ;;
        link) ln -sfn "$3" "$DESTDIR$2" ;;
        program) install -m 755 "$3" "$DESTDIR$2" ;;
        file | manual) install -m 644 "$3" "$DESTDIR$2" ;;
        rules | unit)
            sed "s|/usr/sbin/mdevctl|$sbindir/mdevctl|" "$3" > "$DESTDIR$2"
            chmod 644 "$DESTDIR$2"
            ;;
    esac
}

uninstall_one() { # KIND PATH
    case $1 in
        # Unless empty, it holds the administrator's files, and stays.
        directory) rmdir -p "$DESTDIR$2" 2> /dev/null || true ;;
        *) rm -f "$DESTDIR$2" ;;
    esac
}

case ${1:-} in
    list) list ;;
    install)
        list | while read -r kind path source; do
            install -d -m 755 "$DESTDIR${path%/*}"
            install_one "$kind" "$path" "$source"
        done
        ;;
    uninstall)
        list | while read -r kind path source; do
            uninstall_one "$kind" "$path"
        done
        ;;
    *)
        echo "usage: $0 install|uninstall|list" >&2
        exit 2
        ;;
esac
