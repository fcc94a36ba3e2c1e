# What a card has to be before it has devices as a file says: with virtual functions, and open to vGPUs of different sizes.
plan 32

first=$(vf $l40s 0)
second=$(vf $l40s 1)
remove_vfs() { for card; do $sriov_manage -d "$card"; done; }
sriov_fault() { echo "$1" > /run/sriov-manage.fault; }
mixes() { [ "$(cat "$gpus/$l40s/mixed_sizes")" -eq "$1" ]; }

wants << END
  - card: $l40s
    devices: [{type: L40S-8Q, count: 2}]
END
remove_vfs $l40s
check 'without virtual functions nothing is done, unless the file allows to make them' \
    'mdevctl apply $wanted' 'exits 4' 'shows "it has no virtual functions, and the group does not say '\''vfs: true'\''"' 'has_vfs $l40s 0' \
    nothing_is_defined
sed -i 's/    devices/    vfs: true\n&/' $wanted
check 'then a plan begins with that' \
    'mdevctl plan --detailed-exitcode $wanted' 'exits 3' 'shows "+ make VFs: "' 'has_vfs $l40s 0'
check 'they are made, and the devices, though the files come late' \
    'knob $l40s late_ms 1500; mdevctl apply $wanted' 'exits 0' 'ends_with "5 of 5 steps done."' 'vfs_have_files $l40s 16' 'vgpus $l40s 2' is_in_sync
check 'what is defined for a card without virtual functions is started when it has them' \
    'before=$(mdevctl list); for uuid in $(mdevctl list | cut -d " " -f 1); do mdevctl stop $uuid; done; remove_vfs $l40s
    knob $l40s late_ms 100; mdevctl apply $wanted' \
    'exits 0' 'ends_with "3 of 3 steps done."' '[ "$(mdevctl list)" = "$before" ]' is_in_sync

empty_the_host
remove_vfs $l40s
sed '/vfs/d' $wanted > /tmp/patient.yaml
check 'one who watches waits for virtual functions that others make' \
    'mdevctl apply --watch --interval 3600 /tmp/patient.yaml > /tmp/watched 2>&1 & watching=$!
    eventually grep -q "no virtual functions" /tmp/watched; $sriov_manage -e $l40s; eventually vgpus $l40s 2; kill $watching; wait $watching' \
    'exits 0' 'vgpus $l40s 2'

empty_the_host
remove_vfs $l40s
check 'a sriov-manage that has done nothing is tried again' \
    'sriov_fault nothing; mdevctl apply $wanted' 'exits 0' 'vgpus $l40s 2'
empty_the_host
remove_vfs $l40s
check 'one that has left the card without its driver as well' \
    'sriov_fault unbound; mdevctl apply $wanted' 'exits 0' 'vgpus $l40s 2'
empty_the_host
remove_vfs $l40s
check 'and one that finds the driver busy' \
    'knob $l40s busy 2; mdevctl apply $wanted' 'exits 0' 'vgpus $l40s 2'
empty_the_host
remove_vfs $l40s $blackwell
wants << END
  - card: $l40s
    vfs: true
    devices: [{type: L40S-8Q, uuid: $uuid_a, vf: 15}]
  - card: $blackwell
    vfs: true
    devices: [{type: RTX Pro 4500 Blackwell DC-6Q, uuid: $uuid_b}]
END
check 'in the end it is given up, with what it said, and another card goes on' \
    'knob $l40s busy 1000; mdevctl apply $wanted' 'exits 1' 'shows "there are none after 5 tries"' 'shows "Cannot obtain unbindLock"' \
    'has_vfs $l40s 0' '[ -e $pci/$l40s/driver ]' 'is_active $uuid_b nvidia-1523 $(vf $blackwell 0)'
check 'when the driver is not busy any more, the rest is done' \
    'knob $l40s busy 0; mdevctl apply $wanted' 'exits 0' 'is_active $uuid_a nvidia-1155 $(vf $l40s 15)' 'is_active $uuid_b nvidia-1523 $(vf $blackwell 0)'
mark "$(vf $l40s 15)"
check 'virtual functions that are there are not made again' \
    'sed "s/vf: 15/vf: 15, attrs: [{nvidia\/placement_id: \"8\"}]/; s/DC-6Q/DC-6Q, start: manual/" $wanted > /tmp/other.yaml; mdevctl apply /tmp/other.yaml' \
    'exits 0' '! shows "make VFs"' 'is_active $uuid_b nvidia-1523 $(vf $blackwell 0)'

# The administrator, or the unit of the driver's package, makes them at the same time.
empty_the_host
remove_vfs $l40s
knob $l40s late_ms 1000
check 'with another sriov-manage at work there are virtual functions in the end' \
    '$sriov_manage -e $l40s & mdevctl apply $wanted; wait; eventually vfs_have_files $l40s 16; mdevctl apply $wanted' \
    '[ $status -eq 0 ]' 'is_active $uuid_a nvidia-1155 $(vf $l40s 15)' 'has_vfs $l40s 16'
check 'two at once make them once' \
    'for uuid in $(mdevctl list | cut -d " " -f 1); do mdevctl stop $uuid; done; remove_vfs $l40s $blackwell
    for i in 1 2; do mdevctl apply $wanted >> /tmp/applied & done; wait' \
    succeeds 'vgpus $l40s 1' 'vgpus $blackwell 1' '[ "$(grep -c "^+ make VFs" /tmp/applied)" -eq 2 ]'

empty_the_host
remove_vfs $l40s
cp $sriov_manage /tmp/sriov-manage
check 'a sriov-manage that others can change is not run' \
    'chmod o+w $sriov_manage; mdevctl apply $wanted' 'fails' 'says "$sriov_manage is writable by users other than its owner"' 'has_vfs $l40s 0'
chmod 755 $sriov_manage
check 'nor one that is not there' \
    'mv $sriov_manage /tmp/away; mdevctl apply $wanted; result=$?; mv /tmp/away $sriov_manage; [ $result -eq 1 ]' '[ $status -eq 0 ]' \
    'prints_nothing' 'says "$sriov_manage"' 'says "no such file"' 'has_vfs $l40s 0'
check 'it may be another one' \
    'MDEVCTL_SRIOV_MANAGE=/tmp/sriov-manage mdevctl apply $wanted' 'exits 0' 'is_active $uuid_a nvidia-1155 $(vf $l40s 15)'

check 'the path of another one is absolute' \
    'mdevctl stop $uuid_a; remove_vfs $l40s; cd /tmp; MDEVCTL_SRIOV_MANAGE=sriov-manage mdevctl apply $wanted' 'fails' \
    'says "not an absolute path"' 'has_vfs $l40s 0'

empty_the_host
wants << END
  - card: $l40s
    mixed-sizes: true
    devices:
      - {type: L40S-8Q, uuid: $uuid_a, vf: 0}
      - {type: L40S-24Q, uuid: $uuid_b, vf: 1}
END
check 'without nvidia-smi nobody knows which sizes a card takes' \
    'mdevctl apply $wanted' 'exits 4' 'shows "nvidia-smi does not tell whether they may now"' 'mixes 0'
empty_the_host
install_nvidia_smi
check 'different sizes need that to be said' \
    'sed "/mixed/d" $wanted > /tmp/one.yaml; mdevctl apply /tmp/one.yaml' fails 'says "$l40s has no room for what is wanted"' \
    'says "mixed-sizes: true"' nothing_is_defined
check 'then the card is told first' \
    'mdevctl apply $wanted' 'exits 0' 'shows "~ mix sizes: "' 'ends_with "5 of 5 steps done."' 'mixes 1' \
    'is_active $uuid_a nvidia-1155 $first' 'is_active $uuid_b nvidia-1158 $second' is_in_sync
check 'what is exported needs no change' \
    'mdevctl export > /tmp/export.yaml; mdevctl plan --detailed-exitcode /tmp/export.yaml' 'exits 0' \
    'grep -q "mixed-sizes: true" /tmp/export.yaml' 'mdevctl export > /tmp/again.yaml && cmp -s /tmp/export.yaml /tmp/again.yaml'
check 'the large ones come first, because they do not find their place between small ones' \
    'mdevctl stop $uuid_a; mdevctl stop $uuid_b; echo "      - {type: L40S-16Q, uuid: $uuid_c}" | cat $wanted - > /tmp/full.yaml; mdevctl apply /tmp/full.yaml' \
    'exits 0' 'vgpus $l40s 3' 'is_active $uuid_c nvidia-1157 $(vf $l40s 2)'
mdevctl stop $uuid_c
mdevctl undefine $uuid_c
mark $first
mark $second
cat > /tmp/one.yaml << END
version: 1
groups:
  - card: $l40s
    mixed-sizes: false
    devices: [{type: L40S-8Q, uuid: $uuid_a, vf: 0}]
END
check 'a card with devices that are not in the file is not told otherwise' \
    'mdevctl apply /tmp/one.yaml' 'exits 4' 'shows "only be changed on a card without devices"' 'mixes 1' 'is_untouched $first' 'is_untouched $second'
holder=$(hold device $first)
check 'nor one with a device in use' \
    'mdevctl apply --prune /tmp/one.yaml' 'exits 4' 'shows "process $holder (hold)"' 'mixes 1' 'is_untouched $first'
end "$holder"
check 'otherwise its devices are stopped for it, and started' \
    'mdevctl apply --prune /tmp/one.yaml' 'exits 0' 'mixes 0' 'vgpus $l40s 1' 'is_active $uuid_a nvidia-1155 $first'
check 'and the other way' \
    'mdevctl apply $wanted' 'exits 0' 'mixes 1' 'is_active $uuid_a nvidia-1155 $first' 'is_active $uuid_b nvidia-1158 $second' is_in_sync

# A script delays the step before; meanwhile another program makes a vGPU.
empty_the_host
install_nvidia_smi
mdevctl start -u $uuid_a -p $first -t L40S-8Q
mdevctl define -u $uuid_a
install_script callouts slow.sh << 'END'
cat > /dev/null
case "$*" in *'-e pre -a stop'*) ;; *) exit 2 ;; esac
touch /tmp/stopping
while [ -e /tmp/stopping ]; do sleep 0.1; done
END
check 'a vGPU that comes after the plan was made keeps the card as it is' \
    'mdevctl apply $wanted & applying=$!
    eventually test -e /tmp/stopping; mv $scripts/callouts/slow.sh /tmp/; set_type $(vf $l40s 5) 1155; rm /tmp/stopping; wait $applying' \
    '[ $status -eq 1 ]' 'shows "$(derived_uuid $(vf $l40s 5)) of type nvidia-1155 is active on $(vf $l40s 5)"' 'mixes 0' \
    'is_active $uuid_a nvidia-1155 $first'
check 'when it is gone, all is done' \
    'set_type $(vf $l40s 5) 0; mdevctl apply $wanted' 'exits 0' 'mixes 1' 'is_active $uuid_a nvidia-1155 $first' is_in_sync

empty_the_host
install_nvidia_smi
check 'a nvidia-smi that has done nothing is found out, and the devices of the card are not tried' \
    'echo nothing > /run/nvidia-smi.fault; mdevctl apply $wanted' 'exits 1' 'shows "nvidia-smi has not done so"' 'shows "not tried"' \
    'mixes 0' nothing_is_active
check 'again, it is done' 'mdevctl apply $wanted' 'exits 0' 'mixes 1' 'vgpus $l40s 2' is_in_sync
empty_the_host
install_nvidia_smi
remove_vfs $l40s
sed -i 's/    mixed/    vfs: true\n&/' $wanted
check 'virtual functions come first: making them makes the driver forget which sizes it takes' \
    'mdevctl apply $wanted' 'exits 0' 'mixes 1' 'vgpus $l40s 2' is_in_sync
check 'the state from before is reached again, but for the virtual functions' \
    'mdevctl apply --prune "$(ls /var/lib/mdevctl/*.yaml | tail -n 1)"' 'exits 0' nothing_is_active nothing_is_defined 'has_vfs $l40s 16'
