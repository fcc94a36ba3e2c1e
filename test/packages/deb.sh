# The Debian package in a fresh Debian. Sourced by run.sh.

deb=$(ls build/mdevctl_"$(packaging/version.sh)"-*.deb)
holds "lintian finds no error in the Debian package" lintian --allow-root --fail-on error "$deb"

root=$work/root
scripts/unpack-debian.sh "$root" man-db,bash-completion,zsh,fish,udev
cp -r "$deb" test/shells "$root/tmp"
# With /proc and /dev for the time of the command.
in_root() {
    unshare --mount sh -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$root" \
        /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 TERM=dumb "$@"
}
in_sandbox() { in_root env MDEVCTL_ENV_ROOT=/tmp/host "$@"; }
# All files except those that the system itself writes over time.
files() { (cd "$root" && find . -path ./proc -prune -o -path ./dev -prune -o -path ./tmp -prune -o -path ./var -prune -o -print | sort); }
installs() { in_root dpkg --install "$@"; }
files > "$work/before"

holds "the package installs" installs "/tmp/${deb##*/}"
holds "the installed program is the release build" cmp "$root/usr/sbin/mdevctl" build/release/mdevctl
holds "the licences of the JavaScript in it are there" grep -q "^mdevctl contains js-yaml" \
    "$root/usr/share/doc/mdevctl/copyright"
holds "without any parent there are no types" writes "" in_root mdevctl types
holds "the program prints its version" writes "mdevctl $(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)" \
    in_root mdevctl --version
holds "lsmdev lists no device" writes "" in_root lsmdev
holds "a sandbox can be created" in_root mdevctl sandbox /tmp/host
holds "in the sandbox a parent has types" writes "mtty" in_sandbox sh -c 'mdevctl types --parent mtty | head -n 1'
for page in mdevctl lsmdev; do
    holds "man $page shows the manual" in_root sh -c "man --pager=cat --warnings $page 2> /tmp/warnings | grep -q 'mdevctl sandbox' && ! grep . /tmp/warnings"
done
holds "man mdevctl-state shows the format of files" in_root sh -c \
    "man --pager=cat --warnings mdevctl-state 2> /tmp/warnings | grep -q 'mixed-sizes' && ! grep . /tmp/warnings"

in_sandbox mdevctl start --uuid 0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 --parent mtty --type mtty-2
offers() { [ "$(in_sandbox "$@" "mdevctl stop --uuid " | cut -f 1)" = 0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 ]; }
holds "bash offers the device to stop" offers bash /tmp/shells/candidates.bash /usr/share/bash-completion/completions/mdevctl
holds "bash finds the completion by itself" in_root bash -c '. /usr/share/bash-completion/bash_completion && for program in mdevctl lsmdev; do
    _completion_loader $program; complete -p $program; done'
holds "zsh offers the device to stop" offers zsh -f /tmp/shells/candidates.zsh /usr/share/zsh/vendor-completions/_mdevctl
holds "zsh finds the completion by itself" in_root zsh -f -c 'autoload -U compinit && compinit -D -u &&
    [[ $_comps[mdevctl] == _mdevctl && $_comps[lsmdev] == _mdevctl ]]'
holds "fish offers the device to stop, and finds the completion by itself" offers fish /tmp/shells/candidates.fish /dev/null
holds "the links in the README lead to files" links_lead_to_files "$root/usr/share/doc/mdevctl"
holds "the sample callout script can be run" in_root sh -c '/usr/share/doc/mdevctl/docs/callouts/vgpu.sh -t nvidia-558 -e get -a capabilities \
    -s none -u 0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 -p 0000:41:00.4 < /dev/null'
holds "the udev rules run a program that exists" in_root sh -c \
    'sed -n "s/.*RUN+=\"\([^ ]*mdevctl\) .*/\1/p" /usr/lib/udev/rules.d/60-mdevctl.rules | sort -u | xargs ls'

units=$root/usr/lib/systemd/system
holds "at boot systemd starts the automatic devices of cards" cmp "$units/multi-user.target.wants/mdevctl-cards.service" systemd/mdevctl-cards.service
for unit in mdevctl-apply.service mdevctl-metrics.timer; do
    holds "$unit is there, and nothing wants it" sh -c \
        'cmp "$1/$3" "systemd/$3" && ! ls "$1"/*.wants/"$3" "$1"/*.requires/"$3" "$2"/*/"$3"' - "$units" "$root/etc/systemd/system" $unit
done
holds "systemd has nothing against the units" verifies "$units" "$root/usr/sbin/mdevctl"

in_root rm -rf /tmp/host
definition=/etc/mdevctl.d/0000:00:02.0/8e1b0a52-7c0d-4b9e-a1f6-3d2c5b4a6978
in_root mdevctl define --uuid "${definition##*/}" --parent 0000:00:02.0 --type i915-GVTg_V5_4
holds "the package can be removed" in_root dpkg --remove mdevctl
holds "only the configuration is left" writes "$(printf '%s\n' /etc/mdevctl.d "${definition%/*}" "$definition" | sed 's/^/./')" \
    sh -c "cd '$root' && find ./etc/mdevctl.d | sort"
in_root rm -rf /etc/mdevctl.d
holds "apart from it nothing is left" diff "$work/before" <(files)

# DEB WHICH DPKG-OPTION...: upgrades from one of Debian's own packages, and removes ours again.
check_upgrade() {
    local theirs=$1 which=$2
    cp "$theirs" "$root/tmp/theirs.deb"
    installs "${@:3}" /tmp/theirs.deb > /dev/null 2>&1 || installs "${@:3}" /tmp/theirs.deb
    mkdir -p "$root${definition%/*}"
    printf '{"mdev_type":"i915-GVTg_V5_4","start":"auto","attrs":[]}' > "$root$definition"
    holds "ours upgrades Debian's mdevctl $which" installs "/tmp/${deb##*/}"
    holds "the definition is unchanged" writes "8e1b0a52-7c0d-4b9e-a1f6-3d2c5b4a6978 0000:00:02.0 i915-GVTg_V5_4 auto" \
        in_root mdevctl list --defined
    holds "all files of ours are installed and intact" in_root dpkg --verify mdevctl
    holds "the udev rules are ours" cmp "$root/usr/lib/udev/rules.d/60-mdevctl.rules" udev/60-mdevctl.rules
    holds "the programs are also where Debian has them" in_root /usr/bin/lsmdev --version
    in_root dpkg --purge mdevctl > /dev/null 2>&1
    rm -rf "$root/etc/mdevctl.d"
    holds "after a removal nothing of either package is left" diff "$work/before" <(files)
}

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
scripts/fetch-debian.sh "$release" "$work/$release" mdevctl
scripts/fetch-debian.sh trixie "$work/trixie" mdevctl
check_upgrade "$work/$release"/mdevctl_*.deb "of $release"
# It needs a newer C library to run, but can be replaced without one.
check_upgrade "$work/trixie"/mdevctl_*.deb 1.4 --force-depends
