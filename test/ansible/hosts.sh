# Eight hosts, each with its own network, processes and root directory, reached by ssh; the machine in each is a sandbox. Sourced by
# run.sh.

ssh-keygen -q -t ed25519 -N '' -f "$work/key"
mkdir -p "$work/debian/root/.ssh" "$work/debian/run/sshd"
cp "$work/key.pub" "$work/debian/root/.ssh/authorized_keys"
printf '#!/bin/sh\nexit 2\n' > "$work/debian/tmp/mdevctl-1.4"
chmod 755 "$work/debian/tmp/mdevctl-1.4"
build/mdevctl sandbox "$work/debian/sandbox" > /dev/null

# NUMBER: the host has its files and its network.
make_host() {
    local host=$work/hosts/$1
    mkdir -p "$host"/{upper,work,root}
    mount -t overlay overlay -o "lowerdir=$work/debian,upperdir=$host/upper,workdir=$host/work" "$host/root"
    ip netns add "host$1"
    ip link add "host$1" type veth peer name eth0 netns "host$1"
    ip addr add "192.0.2.$(($1 * 2))/31" dev "host$1"
    ip link set "host$1" up
    ip -n "host$1" addr add "192.0.2.$(($1 * 2 + 1))/31" dev eth0
    ip -n "host$1" link set eth0 up
    echo "host$1 ansible_host=192.0.2.$(($1 * 2 + 1))" >> "$work/inventory"
}

# NUMBER: it is up, and answers ssh.
boot_host() {
    ip netns exec "host$1" unshare --mount --pid --uts --fork --kill-child sh -c '
        hostname "host$1"
        cd "$2/root"
        mount -t proc proc proc
        mount --rbind /dev dev
        echo $$ > "$2/started"
        exec chroot . /usr/sbin/sshd -D' - "$1" "$work/hosts/$1" > "$work/hosts/$1/log" 2>&1 &
    local tries=0
    until (exec 3<> "/dev/tcp/192.0.2.$(($1 * 2 + 1))/22") 2> /dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "host$1 does not answer" >&2; cat "$work/hosts/$1/log" >&2; exit 1; }
        sleep 0.1
    done
}

# NUMBER ARGUMENT...: mdevctl on the machine of this host, asked from outside.
mdevctl_on() {
    MDEVCTL_ENV_ROOT=$work/hosts/$1/root/sandbox build/mdevctl "${@:2}"
}

# ARGUMENT...: ansible-playbook, with what it shows in $work/play.
play() {
    ansible-playbook --inventory "$work/inventory" -e "mdevctl_executable=$PWD/build/mdevctl" "$@" < /dev/null > "$work/play" 2>&1 ||
        { cat "$work/play"; return 1; }
}

# NUMBER... WORD=COUNT: the last line about each of these hosts says so.
recaps() {
    local count=${*: -1}
    for number in "${@:1:$#-1}"; do
        grep -q "^host$number  *: .* ${count% }\( \|\$\)" "$work/play" || { cat "$work/play"; return 1; }
    done
}
# SENTENCE-PART COMMAND...
# NUMBER COUNT: so many devices are active there, and mdevctl agrees with Ansible that there is nothing to do.
converged() {
    [ "$(mdevctl_on "$1" status --json | grep -c '"active":true')" = "$2" ] &&
        mdevctl_on "$1" plan --prune --detailed-exitcode "$work/hosts/$1/root/etc/mdevctl/state.d"
}
all_converged() { for number in 1 2 3 4 5 6 7 8; do converged $number 3 || return; done; }

# TEXT: the play showed a line with it.
shows() { grep -q -- "$1" "$work/play" || { cat "$work/play"; return 1; }; }
fails() { ! "$@"; }

for number in 1 2 3 4 5 6 7 8; do make_host $number; done
for number in 1 2 3 4 5 6 7; do boot_host $number; done

# On host1, a virtual machine uses a device of another size; on host2, a script does not let devices start; host8 is down.
mdevctl_on 1 start --uuid 11111111-2222-4333-8444-555555555555 --parent 0000:82:00.0 --type L40S-24Q > /dev/null 2>&1
group=$(readlink "$work/hosts/1/root/sandbox/sys/bus/pci/devices/0000:82:00.4/iommu_group")
ansible --inventory "$work/inventory" host1 --background 3600 --poll 0 -m ansible.builtin.shell \
    -a "exec sleep 3600 < /sandbox/dev/vfio/${group##*/}" > /dev/null
scripts=$work/hosts/2/root/sandbox/etc/mdevctl.d/scripts.d/callouts
mkdir -p "$scripts"
printf '#!/bin/sh\n[ "$4" != pre ] || [ "$6" != start ]\n' > "$scripts/refuse.sh"
chmod 755 "$scripts/refuse.sh"

holds "check mode on a host without mdevctl shows that it would be installed" play test/ansible/site.yml --check --diff --limit host3
holds "it says that something would change" recaps 3 failed=0
holds "and installs nothing" test ! -e "$work/hosts/3/root/usr/sbin/mdevctl"

holds "a play of eight hosts fails as a whole if one of them fails and one is down" fails play test/ansible/site.yml
holds "the recap has no failure of the hosts that are well" recaps 3 4 5 6 7 failed=0
for number in 3 4 5 6 7; do holds "host$number is as the file says" converged $number 3; done
holds "a device in use is no failure" recaps 1 failed=0
holds "but a warning, which names the process" shows '^\[WARNING\]: cannot stop 11111111-2222-4333-8444-555555555555'
holds "it is still there" sh -c 'MDEVCTL_ENV_ROOT=$1/root/sandbox build/mdevctl list | grep -q ^11111111' - "$work/hosts/1"
holds "the host on which a device does not start has failed" recaps 2 failed=1
holds "its message says why, and what was done" shows 'callout script refuse.sh refuses: exit status 1. Of 6 steps: 3 done, 1 failed, 2 not tried.'
holds "the host that is down is unreachable" recaps 8 unreachable=1

holds "each case of the modules is as it should be" play test/ansible/cases.yml

kill "$(pgrep -f '^sleep 3600$')"
rm "$scripts/refuse.sh"
boot_host 8
holds "when all is mended, a second run succeeds" play test/ansible/site.yml
holds "no host has failed, and none is unreachable" recaps 1 2 3 4 5 6 7 8 'unreachable=0  *failed=0'
holds "what was missing has been done" recaps 1 2 8 'changed=[1-9][0-9]*'
holds "the others had nothing to do" recaps 4 5 6 7 changed=0
holds "all hosts are as the file says" all_converged
holds "check mode succeeds" play test/ansible/site.yml --check --diff --limit host1,host2,host8
holds "it would change nothing" recaps 1 2 8 changed=0
holds "a third run succeeds" play test/ansible/site.yml --limit host1,host2,host8
holds "it changes nothing" recaps 1 2 8 changed=0

change='{"mdevctl_state": {"version": 1, "groups": [{"card": "0000:82:00.0", "devices": [{"type": "L40S-8Q", "count": 1}]}]}}'
holds "check mode with another file succeeds" play test/ansible/site.yml --check --diff --limit host4 -e "$change"
holds "it would change the file and the host" recaps 4 changed=2
holds "the difference has the devices that would go" shows '^-.*"type": "L40S-8Q"'
holds "and nothing has changed" converged 4 3

change='{"mdevctl_state": {"version": 1, "groups": [{"parent": "matrix", "devices": [{"type": "vfio_ap-passthrough", "attrs": [{"assign_domain": 171}]}]}]}}'
holds "a value that may not be what was written fails the play" fails play test/ansible/site.yml --limit host4 -e "$change"
holds "it is named" shows 'attrs\[0\].assign_domain is not text but 171'
holds "and the file is as before" converged 4 3
