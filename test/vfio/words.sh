# More functions for checks, on a kernel with the driver that acts as NVIDIA's; the basic ones are in test/guest/check.sh.
#   $l40s, $blackwell          the two cards: 48 GB, and 24 GB with spaces in the names of its types
#   vf CARD NUMBER             prints the address of a virtual function, virtfnNUMBER of the card
#   knob CARD NAME NUMBER      says what the driver does next: its source names the knobs
#   install_nvidia_smi         gives the host a program that tells what types take, and lets cards have different sizes
#   set_type VF ID             writes the type of a VF, without mdevctl
#   hold device|group VF …     holds a VF as a VM does, and prints the number of the process, for `end`
#   start_vm OPTION…           starts a QEMU, which the file of checks needs

pci=/sys/bus/pci/devices
gpus=/proc/driver/nvidia/gpus
sriov_manage=/usr/lib/nvidia/sriov-manage

l40s=0000:01:00.0
blackwell=0000:02:00.0

vf() { basename "$(readlink "$pci/$1/virtfn$2")"; }
knob() { echo "$3" > "$gpus/$1/$2"; }
# Most checks are for hosts without it.
install_nvidia_smi() { cp /usr/lib/nvidia/nvidia-smi /usr/bin/; }
set_type() { echo "$2" > "$pci/$1/nvidia/current_vgpu_type"; }
# Ends a process that holds a VF, and waits until the VF is free.
end() {
    [ -n "${1-}" ] && kill "$1" || return
    while kill -0 "$1" 2> /dev/null; do sleep 0.1; done
}

# Conditions on the driver. A type of a VF is its number, that which it offers a name.
has_type() { [ "$(cat "$pci/$1/nvidia/current_vgpu_type")" = "$2" ]; }
has() { [ "$(cat "$pci/$1/nvidia/$2")" = "$3" ]; }
offers() { grep -q -x "[0-9]*  *: $2" "$pci/$1/nvidia/creatable_vgpu_types"; }
offers_nothing() { [ "$(cat "$pci/$1/nvidia/creatable_vgpu_types")" = 'ID    : vGPU Name' ]; }
offers_number() { [ "$(grep -c -v ^ID "$pci/$1/nvidia/creatable_vgpu_types")" -eq "$2" ]; }
has_files() { [ -e "$pci/$1/nvidia/current_vgpu_type" ]; }
vfs_have_files() { [ "$(ls -d "$pci/$1"/virtfn*/nvidia 2> /dev/null | wc -l)" -eq "$2" ]; }
has_vfs() { [ "$(cat "$pci/$1/sriov_numvfs")" -eq "$2" ]; }
has_node() { [ -c "/dev/vfio/$(basename "$(readlink "$pci/$1/iommu_group")")" ]; }
vgpus() { [ "$(cat "$pci/$1"/virtfn*/nvidia/current_vgpu_type | grep -c -v -x 0)" -eq "$2" ]; }
complains() { [ $status -ne 0 ] && grep -q -F -e "$1" /tmp/stderr; }
# Whether it is true of every VF of a card: each_vf CARD CONDITION
each_vf() {
    for address in $(for vf in "$pci/$1"/virtfn*; do basename "$(readlink "$vf")"; done); do
        "$2" "$address" || return 1
    done
}
# What the kernel says of an error, after the name of the file.
is_error() { [ $status -ne 0 ] && grep -q -e "$1\$" /tmp/stderr; }

# What is known only of a vGPU that has been there all the time.
mark() { echo "disable_vnc=1" > "$pci/$1/nvidia/vgpu_params"; }
is_untouched() { has "$1" vgpu_params disable_vnc=1; }

# Conditions on devices, of which the driver and the program must say the same: is_active UUID TYPE VF, …
is_active() { has_type "$3" "${2#nvidia-}" && mdevctl list | grep -q "^$1 $3 $2 "; }
is_inactive() { ! mdevctl list 2> /dev/null | grep -q "^$1 "; }
nothing_is_active() { vgpus $l40s 0 && vgpus $blackwell 0 && [ -z "$(mdevctl list 2> /dev/null)" ]; }
is_claimed() { cat /run/mdevctl/*/claims 2> /dev/null | grep -q "^$2 $1 "; }
nothing_is_claimed() { [ -z "$(cat /run/mdevctl/*/claims 2> /dev/null)" ]; }

# The UUID of a vGPU that nobody has named: derived_uuid VF
derived_uuid() {
    place=${1##*:}
    printf '6d646576-6374-8000-8000-0000%s%s%02x\n' "${1%%:*}" "$(echo "$1" | cut -d : -f 2)" \
        $((0x${place%.*} * 8 + ${place#*.}))
}

# The number of tries of a race: on Node.js each takes several times as long, so that there are fewer.
tries() { if [ -e /usr/bin/node ]; then echo $(($1 / 5)); else echo "$1"; fi; }
# Waits so many milliseconds, or a few more.
pause() { usleep $((($1 + RANDOM % 20) * 1000)); }
# Runs mdevctl and says in $took how many milliseconds it took.
measure() {
    began=$(cut -d ' ' -f 1 /proc/uptime)
    mdevctl "$@" || return 1
    took=$(echo "$began $(cut -d ' ' -f 1 /proc/uptime)" | awk '{ print int(($2 - $1) * 1000) }')
}

make_vfs() {
    for card in $l40s $blackwell; do
        $sriov_manage -e $card
    done
    for card in $l40s $blackwell; do
        eventually vfs_have_files $card 16
    done
}

load_driver() {
    [ ! -e /sys/module/nvidia ] || modprobe -r nvidia
    modprobe -a vfio_iommu_type1 nvidia
    make_vfs
}

# No vGPUs, nobody who holds a VF, no definitions, no scripts; both cards have 16 virtual functions, and the driver does what
# it is told. The driver is loaded again only where it has to be: that takes some seconds.
empty_the_host() {
    for holder in $(pidof hold qemu-system-x86_64); do end "$holder"; done
    rm -rf $definitions /usr/lib/mdevctl /run/mdevctl /var/lib/mdevctl /run/sriov-manage.fault /run/nvidia-smi.fault /usr/bin/nvidia-smi
    if ! vfs_have_files $l40s 16 || ! vfs_have_files $blackwell 16; then load_driver; fi
    for card in $l40s $blackwell; do
        for name in mixed_sizes refuse refuse_after ignore slow_ms busy; do knob $card $name 0; done
        knob $card late_ms 100
        knob $card without_files -1
        for file in $pci/$card/virtfn*/nvidia/current_vgpu_type; do echo 0 > "$file"; done
    done
}

# Starts a VM called web that has what the options say and stands still. It returns when the VM has its devices; the number of
# the process is in /tmp/vm.
start_vm() {
    qemu-system-x86_64 -name guest=web,debug-threads=on -uuid $uuid_d -machine q35,accel=tcg -m 16 -nodefaults -display none \
        -S -daemonize -pidfile /tmp/vm "$@"
}
