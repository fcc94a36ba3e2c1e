# How a VM takes a device: a real QEMU in the guest takes a VF in the way that it is told.
plan 8
needs qemu-system-x86_64 /usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so
needs /usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin

first=$(vf $l40s 0)
second=$(vf $l40s 1)

mdevctl define -u $uuid_a -p $first -t L40S-8Q
check 'QEMU is told the VF, before the device is active' \
    'mdevctl attach $uuid_a --for qemu' succeeds 'prints "-device vfio-pci,sysfsdev=/sys/bus/pci/devices/$first"'
check 'libvirt is told its address' \
    'mdevctl attach $uuid_a --for libvirt' succeeds "grep -q \"bus='0x01' slot='0x00' function='0x\${first#*.}'\" /tmp/stdout"
check 'nova is told its PCI id, as the kernel shows it' \
    'mdevctl attach $uuid_a --for nova' succeeds 'grep -q "\"vendor_id\": \"10de\", \"product_id\": \"$(cut -c 3- $pci/$first/device)\"" /tmp/stdout' \
    'grep -q CUSTOM_L40S_8Q /tmp/stdout'

mdevctl start $uuid_a
check 'QEMU takes the device as it is told' \
    'start_vm $(mdevctl attach $uuid_a --for qemu)' succeeds '[ "$(pidof qemu-system-x86_64)" = "$(cat /tmp/vm)" ]'
vm=$(cat /tmp/vm)
check 'the device is in use then, by this VM' \
    'mdevctl stop $uuid_a' fails "says 'process $vm (qemu-system-x86_64, VM '\\''web'\\'')'" 'is_active $uuid_a nvidia-1155 $first'
check 'it is still told how to take it' 'mdevctl attach $uuid_a --for qemu' succeeds 'prints "-device vfio-pci,sysfsdev=/sys/bus/pci/devices/$first"'
check 'other devices of the card are not in use' \
    'mdevctl start -u $uuid_b -p $second -t L40S-8Q && mdevctl stop $uuid_b' succeeds 'is_inactive $uuid_b'
end "$vm"
check 'after the VM, it can be stopped' 'mdevctl stop $uuid_a' succeeds nothing_is_active
