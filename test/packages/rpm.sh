# The RPM package: its files are those that packaging/files lists. Sourced by run.sh.

rpm=$(ls build/mdevctl-"$(packaging/version.sh)"-*.rpm)
mkdir "$work/rpm"
rpm2cpio "$rpm" | (cd "$work/rpm" && cpio --quiet -idm)

# The paths of the list, where RPM has them; manuals may be compressed.
list_files() {
    PREFIX=/usr udevdir=/usr/lib/udev unitdir=/usr/lib/systemd/system \
        bashdir=/usr/share/bash-completion/completions zshdir=/usr/share/zsh/site-functions fishdir=/usr/share/fish/vendor_completions.d packaging/install.sh list | cut -d ' ' -f 2
}
list_package() { rpm -qlp "$rpm" 2> /dev/null | sed 's/\.gz$//'; }
is_owned_by_root() { ! rpm -qlvp "$rpm" | awk '{ print $3, $4, $NF }' | grep -v '^root root '; }

holds "the RPM package has every file that is installed" writes "" comm -23 <(list_files | sort) <(list_package | sort)
holds "the RPM package has nothing else except documentation and its own directories" writes \
    "$(printf '%s\n' /usr/lib/mdevctl /usr/lib/mdevctl/scripts.d /usr/share/doc/mdevctl /usr/share/doc/mdevctl/docs \
        /usr/share/licenses/mdevctl /usr/share/licenses/mdevctl/LICENSE /usr/share/licenses/mdevctl/copyright)" \
    comm -13 <(list_files | sort) <(list_package | sort)
holds "the files of the RPM package belong to root" is_owned_by_root
holds "the RPM package needs nothing but rpm" writes "" sh -c "rpm -qpR '$rpm' | grep -v '^rpmlib('"
holds "the RPM package has the licences of the JavaScript that it contains" \
    grep -q "^mdevctl contains js-yaml" "$work/rpm/usr/share/licenses/mdevctl/copyright"
holds "the links in its README lead to files of the package" links_lead_to_files "$work/rpm/usr/share/doc/mdevctl"
holds "the program in the RPM package is the one that was built" cmp "$work/rpm/usr/sbin/mdevctl" build/release/mdevctl
holds "the program in the RPM package runs" writes "$(build/release/mdevctl --version)" "$work/rpm/usr/sbin/mdevctl" --version
