#!/bin/bash
# Tests the Ansible collection as users get it: the tools of Ansible accept it, and it brings hosts to what a file says. As root,
# because it installs what it needs:
#   test/ansible/run.sh
# Everything runs in namespaces, and all files are in memory: when the first process there ends, in whatever way, nothing is left.
set -euo pipefail

cd "$(dirname "$0")/../.."
if [ "${1:-}" != --in-namespaces ]; then
    scripts/install-packages.sh ansible-core ansible-lint yamllint pycodestyle python3-voluptuous openssh-client debootstrap iproute2
    exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --in-namespaces
fi
trap 'exit 130' INT TERM
failed=0

work=$PWD/build/ansible
mkdir -p "$work"
mount -t tmpfs tmpfs "$work"
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
export HOME=$work/home LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=false
export ANSIBLE_COLLECTIONS_PATHS=$work/collections ANSIBLE_CONFIG=$PWD/test/ansible/ansible.cfg
export ANSIBLE_PRIVATE_KEY_FILE=$work/key ANSIBLE_SSH_CONTROL_PATH_DIR=$work/ssh
mkdir "$HOME"

# SENTENCE COMMAND...: the sentence is true if the command succeeds.
holds() {
    local sentence=$1
    shift
    if "$@" > "$work/output" 2>&1; then
        echo "ok: $sentence"
    else
        echo "NOT OK: $sentence"
        sed 's/^/    /' "$work/output"
        failed=1
    fi
}

for part in collection hosts; do
    printf '\n# %s\n' "$part"
    # shellcheck source=/dev/null
    source "test/ansible/$part.sh"
done
exit $failed
