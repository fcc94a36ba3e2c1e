# A host whose driver acts as NVIDIA's, after boot: a service has loaded it, another one has made virtual functions, their files came
# five seconds later, and one never gets any.
plan 15

first=0000:01:00.0
# The devices of both cards that can be started. The one on virtfn3 of the first card cannot.
all="aaaaaaaa-0000-4000-8000-000000000001 aaaaaaaa-0000-4000-8000-000000000002 bbbbbbbb-0000-4000-8000-000000000001"
never=aaaaaaaa-0000-4000-8000-000000000003
are_active() { [ "$(mdevctl list | cut -d ' ' -f 1 | sort | xargs)" = "$all" ]; }
number_active() { [ "$(mdevctl list | grep -c .)" -eq "$1" ]; }
started_once() { [ "$(sort /run/starts | xargs)" = "$all" ]; }
is_idle() { ! systemctl list-jobs | grep -q mdevctl && ! systemctl is-active --quiet 'mdevctl-card*' && ! pidof mdevctl; }
settled() { [ "$(cat /sys/bus/pci/devices/$first/sriov_numvfs)" = 16 ] && is_idle; }

check 'systemd has nothing against the units' \
    'systemd-analyze verify --man=no mdevctl-cards.service' succeeds
check 'all devices that can be started are active when libvirt starts' \
    'cat /run/at-libvirtd' '[ "$(cut -d " " -f 1 /tmp/stdout | sort | xargs)" = "$all" ]'
check 'they still are, each started once' 'mdevctl list; cat /run/starts' are_active started_once
check 'the system log names the one that could not be started, once' \
    'journalctl --quiet --boot --identifier=mdevctl' '[ "$(grep -c "cannot start $never" /tmp/stdout)" -eq 1 ]' \
    '[ "$(grep -c "cannot start" /tmp/stdout)" -eq 1 ]'
check 'no unit of ours is left running or failed' 'systemctl --failed' is_idle '! grep mdevctl /tmp/stdout'
check 'the status shows them on their cards' 'mdevctl status' succeeds 'shows "3 devices are active"' \
    'grep -q "^$first  .* 14 of 16 VFs free" /tmp/stdout'
show_status
check 'doctor finds the function that never got its files, and what the driver has logged, and nothing else' 'mdevctl doctor' \
    '[ $status -eq 3 ]' '[ "$(grep -c "^error" /tmp/stdout)" -eq 1 ]' 'shows "vf-not-ready: "'  '! grep -q ^warning /tmp/stdout'
check 'libvirt sees none of them as a mediated device' \
    'virsh nodedev-list --cap mdev --all' succeeds '[ -z "$(cat /tmp/stdout)" ]'
check 'libvirt sees the virtual functions as PCI devices' 'virsh nodedev-list --cap pci' succeeds 'shows pci_0000_01_00_1'
check 'a virtual machine can be defined that takes one as mdevctl says' 'define_vm aaaaaaaa-0000-4000-8000-000000000001' \
    succeeds "shows \"<hostdev mode='subsystem' type='pci' managed='no'>\"" \
    "shows \"<address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>\"" "shows \"'web' has been undefined\""
check 'libvirt has no error in its journal' 'journalctl --quiet --boot --unit=libvirtd --priority=err' prints_nothing

# The driver forgets what it was told. The device that cannot be started has cost its minute.
reload() {
    rm -f /run/starts
    modprobe -r nvidia
    modprobe nvidia
    for card in 0000:01:00.0 0000:02:00.0; do /usr/lib/nvidia/sriov-manage -e $card; done
}
rm -r $definitions/0000:01:00.4
check 'after the driver was loaded again, they are started again, each once' \
    'reload' 'eventually are_active' 'eventually settled' started_once
check 'what was stopped by hand stays so when udev repeats its events' \
    'mdevctl stop -u bbbbbbbb-0000-4000-8000-000000000001 && udevadm trigger --settle && udevadm trigger --settle --action=bind --subsystem-match=pci && sleep 2' \
    succeeds 'eventually is_idle' 'number_active 2'
check 'virtual functions that are made again have their devices started again' \
    '/usr/lib/nvidia/sriov-manage -d $first && /usr/lib/nvidia/sriov-manage -e $first' \
    'eventually number_active 2' 'eventually settled'
define_file mtty cccccccc-0000-4000-8000-000000000001 mtty-1 manual
check 'a definition for the mdev bus beside them is the only one that programs see' \
    'mdevctl list --defined --dumpjson' succeeds 'shows cccccccc' '! grep -q aaaaaaaa /tmp/stdout'
