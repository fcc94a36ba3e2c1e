# `make install` and `make uninstall`, below a directory. Sourced by run.sh.

export DESTDIR=$work/installed
installed() { (cd "$DESTDIR" && find . -not -type d | sed 's/^\.//' | sort); }
kinds() { packaging/install.sh list | sed -n "s/^\($1\) \([^ ]*\).*/\2/p" | sort; }

holds "make install succeeds" make --no-print-directory install
holds "the list's files and links are there, and no others" diff <(kinds '[^d][a-z]*') <(installed)
holds "the list's directories are there" sh -c 'cd "$1" && shift && ls -d "$@"' - "$DESTDIR" $(kinds directory | sed 's/^/./')
holds "the udev rules run the program where it is installed" grep -q '"/usr/local/sbin/mdevctl ' "$DESTDIR/usr/local/lib/udev/rules.d/60-mdevctl.rules"
holds "lsmdev is mdevctl" writes "lsmdev $("$DESTDIR/usr/local/sbin/mdevctl" --version | cut -d ' ' -f 2)" "$DESTDIR/usr/local/sbin/lsmdev" --version

mkdir "$DESTDIR/etc/mdevctl.d/mtty"
touch "$DESTDIR/etc/mdevctl.d/mtty/0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60"
holds "make uninstall succeeds" make --no-print-directory uninstall
holds "what is left is the configuration" writes /etc/mdevctl.d/mtty/0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 installed
unset DESTDIR
