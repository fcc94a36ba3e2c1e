# The driver itself, without mdevctl: that it does what is known of NVIDIA's, and that its knobs work.
plan 51

first=$(vf $l40s 0)
second=$(vf $l40s 1)
third=$(vf $l40s 2)
other=$(vf $blackwell 0)

check 'each card has 16 virtual functions; all are named after NVIDIA' \
    'cat $pci/$l40s/vendor $pci/$l40s/device $pci/$l40s/class $pci/$first/vendor $pci/$first/device $pci/$first/class' \
    succeeds 'has_vfs $l40s 16' 'has_vfs $blackwell 16' \
    '[ "$(tr "\n" " " < /tmp/stdout)" = "0x10de 0x26b9 0x030200 0x10de 0x26b9 0x030200 " ]'
check 'a VF has the files of a vGPU, with their modes' \
    'cd $pci/$first/nvidia && stat -c "%A %n" *' \
    succeeds 'prints "-r--r--r-- creatable_vgpu_types
-rw-r--r-- current_vgpu_type
-rw-r--r-- gpu_instance_id
-rw-r--r-- placement_id
-rw-r--r-- vgpu_params
-rw-r--r-- warm_update"'
check 'a card has none of them' 'ls $pci/$l40s' succeeds '! grep -x nvidia /tmp/stdout'
check 'a VF is bound to nvidia and names its card' \
    'basename "$(readlink $pci/$first/driver)"; basename "$(readlink $pci/$first/physfn)"' \
    succeeds 'prints "nvidia
$l40s"'
check 'each VF has an IOMMU group of its own, with a node' \
    'for vf in $pci/*/virtfn*; do basename "$(readlink $vf/iommu_group)"; done' \
    succeeds '[ "$(sort -u /tmp/stdout | wc -l)" -eq 32 ]' 'each_vf $l40s has_node' 'each_vf $blackwell has_node'
check 'a VF is a VFIO device' 'ls $pci/$first/vfio-dev' succeeds 'grep -q "^vfio[0-9]*$" /tmp/stdout'

check 'the types have a header, and ids that are padded' \
    'head -n 3 $pci/$first/nvidia/creatable_vgpu_types' \
    succeeds 'prints "ID    : vGPU Name
1145  : NVIDIA L40S-1B
1146  : NVIDIA L40S-2B"'
check 'the other card has other types, whose names have spaces' \
    'head -n 2 $pci/$other/nvidia/creatable_vgpu_types' \
    succeeds 'prints "ID    : vGPU Name
1519  : NVIDIA RTX Pro 4500 Blackwell DC-3Q"'
check 'a VF without a vGPU has type 0' 'cat $pci/$first/nvidia/current_vgpu_type' succeeds 'prints 0'
for file in gpu_instance_id placement_id vgpu_params; do
    check "a VF without a vGPU has no $file" 'cat $pci/$first/nvidia/$file' 'is_error "No such device or address"'
done
check 'without a vGPU a VF cannot be opened' 'hold device $first' 'is_error "No such device"'

check 'writing an id makes a vGPU' \
    'set_type $first 1155; cd $pci/$first/nvidia; cat current_vgpu_type gpu_instance_id placement_id vgpu_params warm_update' \
    succeeds 'prints "1155
0
0

0"'
check 'a VF with a vGPU offers nothing' true 'offers_nothing $first'
check 'the other VFs of the card offer only types of its size' \
    'sed 1d $pci/$second/nvidia/creatable_vgpu_types' \
    succeeds 'prints "1155  : NVIDIA L40S-8Q
1167  : NVIDIA L40S-8A"'
check 'the other card still offers everything' true 'offers_number $other 5'
dmesg -c > /dev/null
check 'a type of another size is refused, and the VF is left without' \
    'set_type $second 1147' 'is_error "Input/output error"' 'has_type $second 0'
check 'the kernel'"'"'s log says so' 'dmesg' succeeds 'grep -q "NVRM: Failed to add vgpu create request: 0x38" /tmp/stdout'
check 'a type of the other card is refused' 'set_type $second 1519' 'is_error "Input/output error"' 'has_type $second 0'
check 'a type that is no number is refused' 'set_type $second L40S-8Q' 'is_error "Invalid argument"' 'has_type $second 0'
check 'another type of the same size is possible, written without a newline' \
    'printf 1167 > $pci/$second/nvidia/current_vgpu_type' succeeds 'has_type $second 1167' 'has $second placement_id 8'
check 'a type cannot be changed' 'set_type $second 1155' 'is_error "Input/output error"' 'has_type $second 1167'
check 'it can after 0 was written' 'set_type $second 0 && set_type $second 1155' succeeds 'has_type $second 1155'
check 'parameters are kept' \
    'echo frame_rate_limiter=0,disable_vnc=1 > $pci/$first/nvidia/vgpu_params' \
    succeeds 'has $first vgpu_params frame_rate_limiter=0,disable_vnc=1'
check 'text that is no parameter is refused' \
    'echo frame_rate_limiter > $pci/$first/nvidia/vgpu_params' 'is_error "Invalid argument"' \
    'has $first vgpu_params frame_rate_limiter=0,disable_vnc=1'
check 'a blank takes the parameters away' 'echo " " > $pci/$first/nvidia/vgpu_params' succeeds 'has $first vgpu_params ""'
check 'parameters are forgotten with the vGPU' \
    'echo disable_vnc=1 > $pci/$first/nvidia/vgpu_params; set_type $first 0; set_type $first 1155' \
    succeeds 'has $first vgpu_params ""'
check 'a vGPU can be placed elsewhere' 'echo 40 > $pci/$first/nvidia/placement_id' succeeds 'has $first placement_id 40'
check 'but not where another one is' 'echo 8 > $pci/$first/nvidia/placement_id' 'is_error "Invalid argument"' 'has $first placement_id 40'

check 'a vGPU that a VM has stays there' \
    'holder=$(hold device $first); set_type $first 0' 'is_error "Operation not permitted"' 'has_type $first 1155'
check 'two VMs cannot have it' 'hold device $first' 'is_error "busy"'
check 'the driver cannot be unloaded meanwhile' 'rmmod nvidia' '[ $status -ne 0 ]' 'has_type $first 1155'
check 'nor can its card lose its virtual functions' '$sriov_manage -d $l40s' 'complains "Cannot obtain unbindLock"' 'has_vfs $l40s 16'
check 'after the VM it can be removed' 'end $holder; set_type $first 0' succeeds 'has_type $first 0'
check 'the driver does not see who has only the node of the group open' \
    'set_type $first 1155; holder=$(hold group $first); set_type $first 0' succeeds 'has_type $first 0'
check 'others see that it is open' 'hold group $first' 'is_error "busy"'
end $holder

check 'of many that want a vGPU at the same moment six have one on a card with room for six' \
    'set_type $second 0; for i in $(seq 0 15); do set_type $(vf $l40s $i) 1155 2>> /tmp/refused & done; wait' \
    succeeds 'vgpus $l40s 6' '[ "$(wc -l < /tmp/refused)" -eq 10 ]'
check 'a full card offers nothing' true 'each_vf $l40s offers_nothing'
empty_the_host
check 'with mixed sizes, types of another size are possible, as far as they fit' \
    'knob $l40s mixed_sizes 1; set_type $first 1158 && set_type $second 1155' \
    succeeds 'has $second placement_id 24' 'offers $third "NVIDIA L40S-16Q"' '! offers $third "NVIDIA L40S-24Q"'

check 'on request the driver refuses the next ids' \
    'knob $blackwell refuse 1; set_type $other 1519; set_type $other 1519' 'says "Input/output error"' 'has_type $other 1519'
check 'on request it ignores the next ids' \
    'set_type $other 0; knob $blackwell ignore 1; set_type $other 1519 && cat $pci/$other/nvidia/current_vgpu_type && set_type $other 1519' \
    succeeds 'prints 0' 'has_type $other 1519'

check 'sriov_numvfs cannot be written' 'echo 0 > $pci/$l40s/sriov_numvfs' '[ $status -ne 0 ]' 'has_vfs $l40s 16'
check 'enabling virtual functions that are there changes nothing' '$sriov_manage -e $l40s' succeeds 'has_type $first 1158'
check 'a busy driver does not give the lock' \
    'knob $l40s busy 1; $sriov_manage -d $l40s' 'complains "Cannot obtain unbindLock"' 'has_vfs $l40s 16'
check 'disabling and enabling them takes vGPUs and mixed sizes away; the files come late' \
    '$sriov_manage -d $l40s && has_vfs $l40s 0 && knob $l40s late_ms 2000 && knob $l40s without_files 3 && $sriov_manage -e $l40s' \
    succeeds 'has_vfs $l40s 16' 'vfs_have_files $l40s 0' 'eventually vfs_have_files $l40s 15' '! has_files $(vf $l40s 3)' \
    'has_type $first 0' '[ "$(cat $gpus/$l40s/mixed_sizes)" -eq 0 ]' 'has_type $other 1519'
check 'on request sriov-manage does nothing, without an error' \
    '$sriov_manage -d $l40s; echo nothing > /run/sriov-manage.fault; $sriov_manage -e $l40s' succeeds 'has_vfs $l40s 0'
check 'on request it leaves the card without the driver' \
    'echo unbound > /run/sriov-manage.fault; $sriov_manage -e $l40s' '[ $status -eq 1 ]' '[ ! -e $pci/$l40s/driver ]'
check 'then it fails until the card is bound again' \
    '$sriov_manage -e $l40s 2> /dev/null || { echo $l40s > /sys/bus/pci/drivers/nvidia/bind && $sriov_manage -e $l40s; }' \
    succeeds 'has_vfs $l40s 16'
check 'the driver can be loaded again, and nothing is left' \
    'load_driver && load_driver' succeeds 'vfs_have_files $l40s 16' 'vgpus $l40s 0' 'vgpus $blackwell 0'
check 'the kernel had nothing to complain about' 'dmesg' succeeds '! grep -E "WARNING|BUG|Oops|Call Trace" /tmp/stdout'
