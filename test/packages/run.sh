#!/bin/bash
# Tests the packages as users get them; as root, because it installs what it needs:
#   test/packages/run.sh
# Expects the packages in build/, as `make deb rpm` leaves them. The Debian package is installed, upgraded and removed
# in a fresh Debian; the RPM package is only inspected, because there is no system here to install it on; the npm
# package is installed into a directory of its own.
set -euo pipefail

cd "$(dirname "$0")/../.."
scripts/install-packages.sh debootstrap lintian rpm cpio mandoc systemd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# shellcheck source=test/holds.sh
source test/holds.sh

# EXPECTED COMMAND...: the command writes this.
writes() {
    diff <(echo "$1") <(echo "$("${@:2}" 2>&1)")
}

# DIRECTORY PROGRAM: systemd accepts our units in the directory, which run the program below a root.
verifies() {
    rm -rf "$work/units"
    mkdir "$work/units"
    cp "$1"/mdevctl-* "$work/units"
    for unit in "$work"/units/mdevctl-card@.service "$work"/units/mdevctl-apply.service "$work"/units/mdevctl-metrics.service; do
        grep -q "^ExecStart=${2#"${DESTDIR:-$root}"} " "$unit" || return
        sed -i "s|^ExecStart=.*/mdevctl |ExecStart=$2 |" "$unit"
    done
    SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no --generators=no "$work"/units/*.service "$work"/units/*.timer 2>&1 | diff /dev/null -
}

# DIRECTORY: every relative link in its README leads to a file there.
links_lead_to_files() {
    local file links
    ls "$1/README.md" || return
    for file in "$1"/*.md "$1"/docs/*.md; do
        links=$(grep -o '](\([^):]*\))' "$file" | sed 's/](\([^#)]*\).*/\1/' | grep . | sort -u) || continue
        # shellcheck disable=SC2086
        (cd "$(dirname "$file")" && ls -d $links) || return
    done
}

for part in manuals install deb rpm npm; do
    printf '\n# %s\n' "$part"
    # shellcheck source=/dev/null
    source "test/packages/$part.sh"
done
exit $failed
