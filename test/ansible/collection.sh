# The collection for Ansible's own tools. Sourced by run.sh.

# Links lead to files of the repository; what is built has the files themselves.
builds() {
    ansible-galaxy collection build ansible --output-path "$work" && ansible-galaxy collection install "$work"/mdevctl-mdevctl-*.tar.gz --offline
}
holds "the collection builds, and installs without a network" builds
installed=$work/collections/ansible_collections/mdevctl/mdevctl
holds "it has the version of mdevctl" grep -qx "version: $(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)" ansible/galaxy.yml
holds "it contains the units and rules of this mdevctl" sh -c 'cat "$1"/roles/host/files/* | cmp - "$2"' - "$installed" \
    <(cat udev/60-mdevctl.rules systemd/mdevctl-apply.service systemd/mdevctl-card@.service systemd/mdevctl-cards.service systemd/mdevctl-metrics.service \
        systemd/mdevctl-metrics.timer)

# From the directory that Ansible expects, because it is imported by its name there. Our licence is another one than Ansible's.
validates() {
    local tests
    tests=$(/usr/bin/python3 -c 'import ansible_test; print(ansible_test.__path__[0])')/_util/controller/sanity/validate-modules
    (
        cd "$installed"
        PYTHONPATH=$tests:$work/collections /usr/bin/python3 "$tests/validate.py" --arg-spec --format plain \
            --collection ansible_collections/mdevctl/mdevctl plugins/modules > "$work/findings" 2>&1 || true
        ! grep -v ' Emissing-gplv3-license ' "$work/findings"
    )
}
holds "validate-modules of ansible-test finds nothing wrong with the modules" validates
holds "pycodestyle finds nothing wrong, with the length of lines that ansible-test wants" pycodestyle --max-line-length=160 --ignore=E402,W503 ansible
holds "yamllint finds nothing wrong" yamllint --strict -d '{extends: default, rules: {line-length: {max: 140}, braces: {max-spaces-inside: 0}, comments: {min-spaces-from-content: 1}}}' ansible test/ansible
holds "ansible-lint finds nothing wrong" sh -c 'cd "$1" && ansible-lint --offline --strict --profile production -x galaxy,var-naming' - "$installed"
for module in state info; do
    holds "ansible-doc shows the module $module, with examples" sh -c \
        'ansible-doc -t module "mdevctl.mdevctl.$1" > "$2" && grep -q "mdevctl.mdevctl.$1:" "$2"' - "$module" "$work/doc"
done
holds "ansible-doc shows the role" ansible-doc -t role mdevctl.mdevctl.host
