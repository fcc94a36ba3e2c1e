#!/bin/sh
# Packs what has been built as build/mdevctl_VERSION_ARCHITECTURE.deb, and prints that path:
#   packaging/build-deb.sh
# It has the name of Debian's own package, and replaces it. DEBFULLNAME and DEBEMAIL name the maintainer.
set -eu

cd "$(dirname "$0")/.."
version=$(packaging/version.sh)-1
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-The mdevctl authors} <${DEBEMAIL:-mdevctl@packages.invalid}>"
# Makes the package reproducible.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH

root=build/deb
rm -rf "$root"
program=build/release/mdevctl DESTDIR=$root PREFIX=/usr udevdir=/usr/lib/udev unitdir=/usr/lib/systemd/system \
    bashdir=/usr/share/bash-completion/completions fishdir=/usr/share/fish/vendor_completions.d \
    zshdir=/usr/share/zsh/vendor-completions packaging/install.sh install

# Debian's package has the programs here, and scripts may rely on it.
install -d "$root/usr/bin"
ln -s ../sbin/mdevctl ../sbin/lsmdev "$root/usr/bin"

doc=$root/usr/share/doc/mdevctl
install -d "$root/usr/share/lintian/overrides" "$root/DEBIAN"
packaging/copyright.sh > "$doc/copyright"
cat > "$doc/changelog.Debian" << END
mdevctl ($version) unstable; urgency=medium

  * See CHANGELOG.md for the changes of mdevctl.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n "$root"/usr/share/man/man?/* "$doc/changelog.Debian"
cp packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/mdevctl"
chmod 644 "$doc/copyright" "$doc"/changelog.Debian.gz "$root/usr/share/lintian/overrides/mdevctl"

cp packaging/debian/postinst "$root/DEBIAN/"
cp packaging/debian/postinst "$root/DEBIAN/postrm"
chmod 755 "$root"/DEBIAN/post*

size=$(du -k -s --apparent-size "$root" | cut -f 1)
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@MAINTAINER@/$maintainer/; s/@SIZE@/$size/" \
    packaging/debian/control > "$root/DEBIAN/control"
(cd "$root" && find usr -type f -exec md5sum {} +) > "$root/DEBIAN/md5sums"

package=build/mdevctl_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" > /dev/null
echo "$package"
