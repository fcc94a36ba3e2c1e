#!/bin/sh
# Downloads mdevctl 1.4.0, which this program is compared with, and prints its directory:
#   scripts/fetch-reference.sh
# It is Debian 13's package, with that release's C library so that it runs on any Debian. Two small wrappers, `mdevctl` and
# `lsmdev`, start it through that library's loader. Everything is cached.
set -eu

here=$(dirname "$(realpath "$0")")
cache=${MDEVCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mdevctl}
directory=$cache/reference-1.4.0

# On an empty tree, because 1.4.0 prints nothing if its directories are missing.
version() {
    root=$(mktemp -d)
    mkdir -p "$root/etc/mdevctl.d" "$root/usr/lib/mdevctl/scripts.d/callouts" "$root/usr/lib/mdevctl/scripts.d/notifiers"
    MDEVCTL_ENV_ROOT=$root "$1/mdevctl" --version || true
    rm -rf "$root"
}

# write_wrapper DIRECTORY NAME: the program sees NAME as its own name; `lsmdev` is `mdevctl list`.
write_wrapper() {
    cat > "$1/$2" <<END
#!/bin/sh
here=\${0%/*}
exec "\$here/root/$loader" --argv0 $2 --library-path "\$here/root/${loader%/*}" "\$here/root/usr/bin/mdevctl" "\$@"
END
    chmod +x "$1/$2"
}

if [ ! -x "$directory/mdevctl" ]; then
    mkdir -p "$cache"
    exec 9> "$cache/reference.lock"
    flock 9
fi
if [ ! -x "$directory/mdevctl" ]; then
    new=$directory.new
    rm -rf "$new" "$directory"
    mkdir -p "$new/packages" "$new/root"
    "$here/fetch-debian.sh" trixie "$new/packages" mdevctl libc6 libgcc-s1 >&2
    for package in "$new"/packages/*.deb; do
        dpkg-deb --extract "$package" "$new/root"
    done
    rm -rf "$new/packages"
    loader=$(cd "$new/root" && ls usr/lib/*/ld-linux*.so.*)
    write_wrapper "$new" mdevctl
    write_wrapper "$new" lsmdev
    found=$(version "$new")
    [ "$found" = "mdevctl 1.4.0" ] || { echo "$0: expected mdevctl 1.4.0 in Debian 13, found: ${found:-nothing}" >&2; exit 1; }
    mv "$new" "$directory"
fi
echo "$directory"
