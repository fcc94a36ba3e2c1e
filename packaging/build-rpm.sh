#!/bin/sh
# Packs what has been built as build/mdevctl-VERSION-RELEASE.ARCHITECTURE.rpm, and prints that path:
#   packaging/build-rpm.sh
set -eu

cd "$(dirname "$0")/.."
work=$PWD/build/rpm
rm -rf "$work"
mkdir -p "$work"

# The directories of Fedora and its relatives.
export program=build/release/mdevctl PREFIX=/usr udevdir=/usr/lib/udev unitdir=/usr/lib/systemd/system \
    bashdir=/usr/share/bash-completion/completions fishdir=/usr/share/fish/vendor_completions.d \
    zshdir=/usr/share/zsh/site-functions
packaging/install.sh list | while read -r kind path _; do
    case $kind in
        directory) echo "%dir $path" ;;
        # Some distributions compress manuals.
        manual) echo "$path*" ;;
        *) echo "$path" ;;
    esac
done > "$work/files"
for path in /usr/lib/mdevctl /usr/lib/mdevctl/scripts.d /usr/share/doc/mdevctl /usr/share/doc/mdevctl/docs; do
    echo "%dir $path"
done >> "$work/files"
packaging/copyright.sh > "$work/copyright"

rpmbuild -bb --quiet --define "_topdir $work" --define "_rpmdir $work" --define "_rpmfilename %%{name}-%%{version}-%%{release}.%%{arch}.rpm" \
    --define "checkout $PWD" --define "mdevctl_version $(packaging/version.sh)" packaging/mdevctl.spec > "$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
mv "$work"/*.rpm build
ls build/mdevctl-"$(packaging/version.sh)"-*.rpm
