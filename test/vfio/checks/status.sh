# What a host looks like at a glance, and whether something is wrong with it.
plan 17
needs qemu-system-x86_64 /usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so
needs /usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin

first=$(vf $l40s 0)
# What the driver has logged in other checks is over.
dmesg -c > /dev/null
# Conditions on the output: a line that the status has, and a finding of doctor's, about something.
shows() { grep -q -F -x -e "$1" /tmp/stdout; }
finds() { grep -q -e "^[a-z]* $1: .*$2" /tmp/stdout; }

check 'cards that nobody uses are empty' 'mdevctl status' succeeds 'shows "No device is active."' \
    'grep -q "^$l40s  NVIDIA L40S.* 16 of 16 VFs free" /tmp/stdout'
check 'an empty card tells by the names of its types how many it has room for' \
    'mdevctl status $l40s' succeeds 'grep -q "^  6 free: .*nvidia-1155 L40S-8Q" /tmp/stdout' \
    'grep -q "^  1 free: .*L40S-48Q" /tmp/stdout'
show_status
check 'nothing is wrong' 'mdevctl doctor' is_healthy

for number in 0 1 2 3 4; do
    mdevctl start -u 00000000-0000-4000-8000-00000000000$number -p "$(vf $l40s $number)" -t L40S-8Q
done
check 'with vGPUs on it, it says as much as the driver tells' \
    'mdevctl status $l40s' succeeds 'grep -q "^  up to 11 free, 5 active: nvidia-1155 L40S-8Q" /tmp/stdout'
mdevctl define -u $uuid_a -p "$(vf $l40s 5)" -t L40S-8Q
check 'a device that is defined and not active stands beside the others' \
    'mdevctl status $l40s' succeeds "shows '  $uuid_a  L40S-8Q  01:00.6  manual     not active'"
mdevctl start $uuid_a
check 'a full card is full' 'mdevctl status $l40s' succeeds 'grep -q "^$l40s  .*full, 6 of 16 VFs used" /tmp/stdout'
check 'and the driver takes no more' 'mdevctl start -p "$(vf $l40s 6)" -t L40S-8Q' fails 'says "is full"'

check 'the QEMU that has a device is shown with the name of its VM' \
    'start_vm $(mdevctl attach $uuid_a --for qemu) && mdevctl status' succeeds \
    "shows \"  $uuid_a  L40S-8Q  01:00.6  manual     in use: VM web (\$(cat /tmp/vm))\"" \
    'shows "6 devices are active, 1 of them in use."'
vm=$(cat /tmp/vm)
mdevctl status | sed 's/^/#   /'
show_status
check 'of one device everything is shown' 'mdevctl status $uuid_a' succeeds \
    "shows \"  used by     process $vm (qemu-system-x86_64), VM web, $uuid_d\"" \
    'shows "  -device vfio-pci,sysfsdev=/sys/bus/pci/devices/$(vf $l40s 5)"'
check 'nothing is wrong with a full card in use' 'mdevctl doctor' is_healthy
check 'why another device is not started, doctor says as start does' \
    'mdevctl define -u $uuid_b -p "$(vf $l40s 7)" -t L40S-8Q && mdevctl doctor $uuid_b' \
    '[ $status -eq 3 ]' 'finds "[a-z-]*" "cannot start $uuid_b: $l40s is full"'
mdevctl undefine $uuid_b
end "$vm"

set_type "$(vf $blackwell 0)" "$(sed -n '2s/ *:.*//p' "$pci/$(vf $blackwell 0)/nvidia/creatable_vgpu_types")"
check 'what another program has made is shown, and is nothing wrong' \
    'mdevctl doctor' is_healthy 'mdevctl status --json | grep -q "\"owner\":\"foreign\""'
show_status

for file in "$pci/$l40s"/virtfn*/nvidia/current_vgpu_type; do echo 0 > "$file"; done
check 'claims of what went without mdevctl are found' 'mdevctl doctor' '[ $status -eq 0 ]' 'finds claim-stale "$first"'
rm -rf /run/mdevctl $definitions
define_file "$first" $uuid_a nvidia-1155 auto
$sriov_manage -d $l40s
check 'a card whose VFs are not made is found, with how to make them' \
    'mdevctl doctor' '[ $status -eq 3 ]' 'finds vfs-missing $l40s' "shows '    $sriov_manage -e $l40s'"
show_status
check 'so it is for one device' 'mdevctl doctor $uuid_a' '[ $status -eq 3 ]' 'finds vfs-missing'
$sriov_manage -e $l40s
eventually vfs_have_files $l40s 16
check 'with its VFs, the device could be started, and has not been' 'mdevctl doctor' '[ $status -eq 0 ]' 'finds not-started $uuid_a'
modprobe -r nvidia
check 'without the driver, the parent of the device is missing' 'mdevctl doctor' '[ $status -eq 3 ]' 'finds parent-missing $uuid_a'
