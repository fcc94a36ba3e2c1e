# Starting: on a VF, on a card, with attributes, and why not.
plan 35

first=$(vf $l40s 0)
second=$(vf $l40s 1)
third=$(vf $l40s 2)
other=$(vf $blackwell 0)

check 'a transient device starts on a VF' \
    'mdevctl start -u $uuid_a -p $first -t nvidia-1155' \
    succeeds prints_nothing 'is_active $uuid_a nvidia-1155 $first' 'is_claimed $uuid_a $first'
check 'another one starts on a card, on its lowest free VF' \
    'mdevctl start -u $uuid_b -p $l40s -t L40S-8A' succeeds 'is_active $uuid_b nvidia-1167 $second'
check 'a card does not get what was promised to a definition' \
    'mdevctl define -u $uuid_c -p $third -t nvidia-1155 && mdevctl start -u $uuid_d -p $l40s -t nvidia-1155' \
    succeeds 'is_active $uuid_d nvidia-1155 $(vf $l40s 3)'
check 'the definition starts on its VF' 'mdevctl start -u $uuid_c' succeeds 'is_active $uuid_c nvidia-1155 $third'
check 'all are listed' 'mdevctl list' succeeds 'prints "$uuid_a $first nvidia-1155 manual
$uuid_b $second nvidia-1167 manual
$uuid_c $third nvidia-1155 manual (defined)
$uuid_d $(vf $l40s 3) nvidia-1155 manual"'
check 'libvirt, which reads JSON, does not see them' 'mdevctl list --dumpjson; mdevctl list -d --dumpjson' succeeds 'prints "[]
[]"'
check 'unless it asks for one' 'mdevctl list --dumpjson -u $uuid_c' succeeds 'grep -q nvidia-1155 /tmp/stdout'

check 'an active device is not started again' \
    'mdevctl start -u $uuid_a -p $second -t nvidia-1155' fails 'says $uuid_a' 'says active' 'is_active $uuid_a nvidia-1155 $first'
check 'a VF that another device has is refused, with its UUID' \
    'mdevctl start -p $second -t nvidia-1155' fails 'says $second' 'says $uuid_b' 'is_active $uuid_b nvidia-1167 $second'
check 'another size is refused, with what is active' \
    'mdevctl start -p $(vf $l40s 5) -t nvidia-1158' fails 'says "3 of nvidia-1155"' 'says "same size"' 'has_type $(vf $l40s 5) 0'
check 'another size is refused on a card, with what is possible' \
    'mdevctl start -p $l40s -t nvidia-1158' fails 'says nvidia-1158' 'says nvidia-1155' 'vgpus $l40s 4'
check 'a full card is refused' \
    'mdevctl start -p $l40s -t nvidia-1155 > /dev/null; mdevctl start -p $l40s -t nvidia-1155 > /dev/null; mdevctl start -p $l40s -t nvidia-1155' \
    fails 'says "$l40s is full"' 'says "5 of nvidia-1155"' 'vgpus $l40s 6'
check 'so is a VF of a full card' 'mdevctl start -p $(vf $l40s 9) -t nvidia-1155' fails 'says "$l40s is full"'
check 'the other card has room' 'mdevctl start -p $blackwell -t nvidia-1519 > /dev/null' succeeds 'vgpus $blackwell 1'

empty_the_host
check 'attributes are written' \
    'mdevctl define -u $uuid_a -p $first -t nvidia-1155 &&
    mdevctl modify -u $uuid_a --addattr nvidia/vgpu_params --value frame_rate_limiter=0 &&
    mdevctl modify -u $uuid_a --addattr nvidia/placement_id --value 24 && mdevctl start -u $uuid_a' \
    succeeds 'is_active $uuid_a nvidia-1155 $first' 'has $first vgpu_params frame_rate_limiter=0' 'has $first placement_id 24'
check 'an attribute that the driver refuses undoes the start' \
    'mdevctl define -u $uuid_b -p $second -t nvidia-1155 &&
    mdevctl modify -u $uuid_b --addattr nvidia/placement_id --value 24 && mdevctl start -u $uuid_b' \
    fails 'says placement_id' 'says 24' 'has_type $second 0' '! is_claimed $uuid_b $second'
check 'no other file of a VF is an attribute' \
    'mdevctl define -u $uuid_c -p $third -t nvidia-1155 && mdevctl modify -u $uuid_c --addattr remove --value 1' \
    fails 'says remove' 'says nvidia/vgpu_params' '[ -e $pci/$third ]'
check 'written by hand into a definition, it is not written' \
    'define_file $third $uuid_d nvidia-1155 manual "[{\"remove\":\"1\"}]"; mdevctl start -u $uuid_d' \
    fails 'says remove' '[ -e $pci/$third ]' 'has_type $third 0'

empty_the_host
check 'a driver that refuses is said to, with where to look' \
    'knob $l40s refuse 1; mdevctl start -u $uuid_a -p $first -t nvidia-1155' fails 'says "$first refuses nvidia-1155"' \
    'says "mdevctl doctor $first"' nothing_is_active nothing_is_claimed
check 'there the log is shown, by the line that the driver wrote' \
    'mdevctl doctor $first' '[ $status -eq 0 ]' 'grep -q "^info kernel-log: " /tmp/stdout' 'grep -q "NVRM: " /tmp/stdout'
check 'a driver that does nothing is found out' \
    'knob $l40s ignore 1; mdevctl start -u $uuid_a -p $first -t nvidia-1155' fails 'says "without an error"' nothing_is_active nothing_is_claimed
check 'afterwards the VF can be used' 'mdevctl start -u $uuid_a -p $first -t nvidia-1155' succeeds 'is_active $uuid_a nvidia-1155 $first'
check 'with mixed sizes, sizes do not matter' \
    'knob $l40s mixed_sizes 1; mdevctl start -u $uuid_b -p $l40s -t L40S-24Q' succeeds 'is_active $uuid_b nvidia-1158 $second'
check 'but room does' 'mdevctl start -u $uuid_c -p $l40s -t L40S-48Q' is_refused 'says L40S-48Q' 'vgpus $l40s 2'

empty_the_host
check 'a VF that is not there is refused' \
    'mdevctl start -p 0000:01:07.0 -t nvidia-1155' fails 'says "no parent device 0000:01:07.0"' nothing_is_active
$sriov_manage -d $l40s
check 'without VFs, the card says how to make them' 'mdevctl start -p $l40s -t nvidia-1155' fails 'says "sriov-manage -e $l40s"'
check 'so does what was one of its VFs' 'mdevctl start -p $first -t nvidia-1155' fails 'says "sriov-manage -e $l40s"'
knob $l40s late_ms 2500
knob $l40s without_files 2
$sriov_manage -e $l40s
check 'files that come late are waited for' \
    'has_files $first || mdevctl start -u $uuid_a -p $first -t nvidia-1155' succeeds 'is_active $uuid_a nvidia-1155 $first'
check 'files that do not come are not waited for without end' \
    'mdevctl start -u $uuid_b -p $third -t nvidia-1155' fails 'says "vGPU files of $third"' 'is_inactive $uuid_b'
check 'a VF that is bound to no driver is refused' \
    'echo $second > /sys/bus/pci/drivers/nvidia/unbind; mdevctl start -u $uuid_b -p $second -t nvidia-1155' \
    fails 'says $second' 'says driver' 'is_inactive $uuid_b'
modprobe vfio-pci
echo vfio-pci > $pci/$second/driver_override
echo $second > /sys/bus/pci/drivers/vfio-pci/bind
check 'so is one that another driver has, with its name' \
    'mdevctl start -u $uuid_b -p $second -t nvidia-1155' fails 'says vfio-pci' 'is_inactive $uuid_b'
echo $second > /sys/bus/pci/drivers/vfio-pci/unbind
echo > $pci/$second/driver_override
modprobe -r vfio-pci
check 'bound to its driver again, it can be used' \
    'echo $second > /sys/bus/pci/drivers/nvidia/bind; mdevctl start -u $uuid_b -p $second -t nvidia-1155' \
    succeeds 'is_active $uuid_b nvidia-1155 $second'
modprobe -r nvidia
check 'without the driver there is nothing' 'mdevctl start -p $first -t nvidia-1155' fails 'says "no parent device $first"'

load_driver
crowd=$(if [ -e /usr/bin/node ]; then echo 9; else echo 32; fi)
check "of $crowd starts at once, six find room, on six VFs" \
    'for i in $(seq $crowd); do { mdevctl start -p $l40s -t L40S-8Q >> /tmp/started 2> /tmp/refusal.$i || cat /tmp/refusal.$i >> /tmp/refused; } & done; wait' \
    succeeds 'vgpus $l40s 6' '[ "$(sort -u /tmp/started | wc -l)" -eq 6 ]' \
    '[ "$(mdevctl list | cut -d " " -f 1 | sort)" = "$(sort /tmp/started)" ]' '[ "$(cat /run/mdevctl/*/claims | wc -l)" -eq 6 ]'
check 'the others are told that the card is full' \
    'cat /tmp/refused' succeeds '[ "$(grep -c "^mdevctl: .*$l40s is full" /tmp/stdout)" -eq $((crowd - 6)) ]'
