# `make install` and `make uninstall`, below a directory. Sourced by run.sh.

export DESTDIR=$work/installed
list_installed() { (cd "$DESTDIR" && find . -not -type d | sed 's/^\.//' | sort); }
list_kind() { packaging/install.sh list | sed -n "s/^\($1\) \([^ ]*\).*/\2/p" | sort; }

# Programs that would build something, if a source were newer than what is built.
mkdir "$work/tools"
for tool in node npm npx gcc musl-gcc; do
    printf '#!/bin/sh\ntouch %s/built\nexit 1\n' "$work" > "$work/tools/$tool"
    chmod +x "$work/tools/$tool"
done
touch -r src/version.ts "$work/time"
touch src/version.ts
holds "make install succeeds" env PATH="$work/tools:$PATH" make --no-print-directory install
holds "make install builds nothing" test ! -e "$work/built"
touch -r "$work/time" src/version.ts
mkdir -p "$work/unbuilt/src"
cp -r Makefile packaging "$work/unbuilt"
holds "make install refuses what is not built" writes "nothing to install: run 'make all native' first" \
    sh -c '! make --silent --directory "$1" DESTDIR="$1/root" install 2>&1 | sed "/^make[][0-9]*: /d"; test ! -e "$1/root"' - "$work/unbuilt"
holds "the files and links of the list are installed, and no others" diff <(list_kind '[^d][a-z]*') <(list_installed)
holds "the directories of the list are installed" sh -c 'cd "$1" && shift && ls -d "$@"' - "$DESTDIR" $(list_kind directory | sed 's/^/./')
holds "the udev rules run the program where it is installed" grep -q '"/usr/local/sbin/mdevctl ' "$DESTDIR/usr/local/lib/udev/rules.d/60-mdevctl.rules"
holds "systemd has nothing against the units, which run it there too" verifies "$DESTDIR/usr/local/lib/systemd/system" "$DESTDIR/usr/local/sbin/mdevctl"
holds "the links in the README lead to files" links_lead_to_files "$DESTDIR/usr/local/share/doc/mdevctl"
holds "lsmdev is mdevctl" writes "lsmdev $("$DESTDIR/usr/local/sbin/mdevctl" --version | cut -d ' ' -f 2)" "$DESTDIR/usr/local/sbin/lsmdev" --version

mkdir "$DESTDIR/etc/mdevctl.d/mtty"
touch "$DESTDIR/etc/mdevctl.d/mtty/0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60"
holds "make uninstall succeeds" make --no-print-directory uninstall
holds "no directory of the documentation is left" sh -c '! ls "$1"' - "$DESTDIR/usr/local/share/doc"
holds "only the configuration is left" writes /etc/mdevctl.d/mtty/0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 list_installed
unset DESTDIR
