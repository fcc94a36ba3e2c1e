# More functions for checks, on a host with udev, a system log and libvirt; the basic ones are in test/guest/check.sh
# and test/kernel/words.sh.
# Here every check writes a transcript: the command, what it printed, and the verdict.

check() {
    broken_conditions "$@"
    eval "cat << END
\$ $2     # at $(cut -d ' ' -f 1 /proc/uptime) s
END"
    cat /tmp/stdout /tmp/stderr
    if [ -z "$broken" ]; then echo "ok $1"; else report "$@"; fi
}

# udev and libvirt take a while to notice changes: eventually CONDITION...
eventually() {
    until=$(($(date +%s) + 60))
    while ! "$@" 2> /dev/null; do
        [ "$(date +%s)" -lt "$until" ] || return 1
        sleep 0.2
    done
}

# Conditions on libvirt's view. A device is named by its UUID; libvirt's own name for it is its node.
node() { echo "mdev_$(echo "$1" | tr - _)_mtty"; }
is_listed() { virsh nodedev-list --cap mdev | grep -q -x "$(node "$1")"; }
is_listed_inactive() { virsh nodedev-list --cap mdev --inactive | grep -q -x "$(node "$1")"; }
is_unlisted() { ! virsh nodedev-list --cap mdev --all | grep -q -x "$(node "$1")"; }
info() { virsh nodedev-info "$(node "$1")" | grep -q -x "$2: *$3"; }
is_described_with() { virsh nodedev-dumpxml "$(node "$1")" | grep -q -F "$2"; }
number_listed() { [ "$(virsh nodedev-list --cap mdev | grep -c .)" -eq "$1" ]; }
shows() { grep -q -F -e "$1" /tmp/stdout; }
complains() { [ $status -ne 0 ] && grep -q -F -e "$1" /tmp/stderr; }

# Writes /tmp/device.xml, from which virsh makes a device: device_xml UUID|'' TYPE [NAME=VALUE...]
device_xml() {
    {
        echo '<device>'
        # nodedev-update needs the name, the other commands ignore it.
        [ -z "$1" ] || printf '  <name>%s</name>\n' "$(node "$1")"
        printf "  <parent>mtty_mtty</parent>\n  <capability type='mdev'>\n    <type id='%s'/>\n" "$2"
        [ -z "$1" ] || printf '    <uuid>%s</uuid>\n' "$1"
        shift 2
        for attribute; do printf "    <attr name='%s' value='%s'/>\n" "${attribute%%=*}" "${attribute#*=}"; done
        printf '  </capability>\n</device>\n'
    } > /tmp/device.xml
    echo '$ cat /tmp/device.xml'
    cat /tmp/device.xml
}

# Has libvirt define a virtual machine that takes a device as mdevctl says, and shows what libvirt knows then: define_vm UUID [OPTION]
# This is libvirt's test driver, which reads and checks descriptions as every driver does and needs no QEMU.
define_vm() {
    {
        printf "<domain type='test'>\n<name>web</name>\n<memory unit='MiB'>64</memory>\n<os><type>hvm</type></os>\n<devices>\n"
        mdevctl attach "$1" --for libvirt ${2+"$2"} || return
        printf '</devices>\n</domain>\n'
    } > /tmp/domain.xml
    virsh -c test:///default 'define --validate /tmp/domain.xml; dumpxml web; undefine web'
}

# The UUID of the only device that mdevctl lists: only_uuid [--defined]
only_uuid() { mdevctl list "$@" | cut -d ' ' -f 1; }

# What mdevctl wrote to the system log since the last `forget_log`.
forget_log() { journalctl --sync; journalctl --show-cursor --lines=0 | sed -n 's/^-- cursor: //p' > /tmp/cursor; }
log() { journalctl --sync; journalctl --quiet --output=short --identifier=mdevctl --after-cursor="$(cat /tmp/cursor)" "$@"; }
logs_error() { log --priority=err | grep -q -F -e "$1"; }
logs_no_error() { [ -z "$(log --priority=err)" ]; }

# No devices, no definitions, no scripts; the drivers stay as they are, and so do the directories, which libvirt
# watches.
empty_the_host() {
    for device in "$devices"/*; do
        [ ! -e "$device" ] || echo 1 > "$device/remove"
    done
    find $definitions $scripts -type f -delete
    forget_log
}
