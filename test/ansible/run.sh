#!/bin/bash
# Tests the Ansible collection as users get it: the tools of Ansible accept it, and it brings hosts to what a file says. As root,
# because it installs what it needs:
#   test/ansible/run.sh
# Everything runs in namespaces, and all files are in memory: when the first process there ends, in whatever way, nothing is left.
set -euo pipefail

cd "$(dirname "$0")/../.."
export work=$PWD/build/ansible
# First without the processes and mounts of others, and then, when all is downloaded, without their network.
case ${1:-} in
    '')
        scripts/install-packages.sh ansible-core ansible-lint yamllint pycodestyle python3-voluptuous openssh-client debootstrap iproute2
        exec unshare --mount --pid --fork --kill-child --mount-proc "$0" --unpack
        ;;
    --unpack)
        mkdir -p "$work"
        mount -t tmpfs tmpfs "$work"
        mkdir "$work"/{debian,hosts,home,tmp}
        scripts/unpack-debian.sh "$work/debian" python3,openssh-server,systemd
        mount -t tmpfs tmpfs /run
        exec unshare --net "$0" --test
        ;;
esac
trap 'exit 130' INT TERM
failed=0
export HOME=$work/home TMPDIR=$work/tmp LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1
export ANSIBLE_COLLECTIONS_PATHS=$work/collections ANSIBLE_CONFIG=$PWD/test/ansible/ansible.cfg
export ANSIBLE_PRIVATE_KEY_FILE=$work/key ANSIBLE_SSH_CONTROL_PATH_DIR=$work/ssh

# shellcheck source=test/holds.sh
source test/holds.sh

for part in collection hosts; do
    printf '\n# %s\n' "$part"
    # shellcheck source=/dev/null
    source "test/ansible/$part.sh"
done
exit $failed
