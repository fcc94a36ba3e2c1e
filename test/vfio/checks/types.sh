# The types of virtual functions, and their names.
plan 22

first=$(vf $l40s 0)
second=$(vf $l40s 1)
other=$(vf $blackwell 0)

check 'each VF is a parent' 'mdevctl types | grep -c "^0000"' succeeds 'prints 32'
check 'a VF has what its driver offers' \
    'mdevctl types --parent $other' \
    succeeds 'prints "$other
  nvidia-1519
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA RTX Pro 4500 Blackwell DC-3Q
  nvidia-1520
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA RTX Pro 4500 Blackwell DC-3A
  nvidia-1523
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA RTX Pro 4500 Blackwell DC-6Q
  nvidia-1526
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA RTX Pro 4500 Blackwell DC-12Q
  nvidia-1529
    Available instances: 1
    Device API: vfio-pci
    Name: NVIDIA RTX Pro 4500 Blackwell DC-24Q"'
check 'of a card, the VFs are shown' 'mdevctl types --parent $l40s | grep "^0000"' succeeds \
    '[ "$(wc -l < /tmp/stdout)" -eq 16 ]' 'head -n 1 /tmp/stdout | grep -q -x $first'

for name in nvidia-1155 1155 'NVIDIA L40S-8Q' L40S-8Q l40s-8q; do
    check "a type can be given as $name" \
        'mdevctl define -u $uuid_a -p $first -t "$name"; cat $definitions/$first/$uuid_a; mdevctl undefine -u $uuid_a' \
        succeeds 'prints "{
  \"mdev_type\": \"nvidia-1155\",
  \"start\": \"manual\",
  \"attrs\": [],
  \"type_name\": \"NVIDIA L40S-8Q\"
}"'
done
check 'a name may have spaces' \
    'mdevctl start -u $uuid_a -p $other -t "RTX Pro 4500 Blackwell DC-6Q"' succeeds 'is_active $uuid_a nvidia-1523 $other'
check 'a name of no type is refused, with one that may be meant' \
    'mdevctl start -u $uuid_b -p $first -t L40S-8R' fails 'says L40S-8R' 'says L40S-8Q'
check 'a name of a type of the other card is refused' \
    'mdevctl start -u $uuid_b -p $first -t "RTX Pro 4500 Blackwell DC-6Q"' fails 'says $first' 'has_type $first 0'
check 'a number of no type is refused' \
    'mdevctl start -u $uuid_b -p $first -t 99' fails 'says "$first has no type nvidia-99"' 'has_type $first 0'

empty_the_host
set_type $first 1155
check 'next to a vGPU, a VF has the types of its size' \
    'mdevctl types --parent $second | grep nvidia' succeeds 'prints "  nvidia-1155
  nvidia-1167"'
check 'the VF of the vGPU is not shown' 'mdevctl types | grep -x $first' '! succeeds' prints_nothing
check 'but has an empty list in JSON' \
    'mdevctl types --parent $first --dumpjson | tr -d " \n"' succeeds 'prints "[{\"$first\":[]}]"'
check 'the other card has all of its types' 'mdevctl types --parent $blackwell | grep -c nvidia-' succeeds 'prints 80'
mdevctl define -u $uuid_a -p $second -t nvidia-1160
check 'a definition may name a type that is not possible now, by number' \
    'cat $definitions/$second/$uuid_a' succeeds 'grep -q nvidia-1160 /tmp/stdout'
check 'by a name that the driver does not tell now, it may not' \
    'mdevctl define -u $uuid_b -p $second -t L40S-24Q' fails 'says L40S-24Q' 'is_undefined $second $uuid_b'

empty_the_host
mdevctl define -u $uuid_a -p $first -t L40S-48Q
set_type $second 1160
check 'on a full card nothing is shown' 'mdevctl types --parent $l40s' prints_nothing
check 'the name of a type is known there from a definition' \
    'mdevctl define -u $uuid_b -p $first -t L40S-48Q --auto' 'is_defined $first $uuid_b' \
    'grep -q "\"nvidia-1160\"" $definitions/$first/$uuid_b'

# Another driver gives the type another number.
empty_the_host
define_file $first $uuid_a nvidia-1147 manual
sed -i 's/}$/,"type_name":"NVIDIA L40S-8Q"}/' $definitions/$first/$uuid_a
check 'where a type has another number now, its name decides, with a warning' \
    'mdevctl start -u $uuid_a' succeeds_with_warning 'says nvidia-1147' 'says nvidia-1155' 'is_active $uuid_a nvidia-1155 $first'
check 'and it is the device that is defined' 'mdevctl list' succeeds 'prints "$uuid_a $first nvidia-1155 manual (defined)"'
