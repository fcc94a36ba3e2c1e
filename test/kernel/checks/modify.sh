# Changes of a definition, and whether a device that is started afterwards has them.
plan 8

define_file mtty $uuid_a mtty-1 manual

check 'modify --auto changes the definition' \
    'mdevctl modify -u $uuid_a --auto' \
    succeeds prints_nothing 'grep -q "\"start\": \"auto\"" $definitions/mtty/$uuid_a'
check 'an added attribute is in the definition and not on a device' \
    'mdevctl modify -u $uuid_a --addattr power/control --value on' \
    succeeds 'grep -q "\"power/control\": \"on\"" $definitions/mtty/$uuid_a' nothing_is_active
check 'the device starts with the added attribute' \
    'mdevctl start -u $uuid_a' \
    succeeds 'attribute $uuid_a power/control on'
check 'a change of the definition does not touch the running device' \
    'mdevctl modify -u $uuid_a --addattr power/control --value auto -i 1' \
    succeeds 'attribute $uuid_a power/control on' '[ "$(grep -c power/control $definitions/mtty/$uuid_a)" -eq 2 ]'
check 'the next start has the change' \
    'mdevctl stop -u $uuid_a && mdevctl start -u $uuid_a' \
    succeeds 'attribute $uuid_a power/control auto'
check 'an index out of range is an error and changes nothing' \
    'cp $definitions/mtty/$uuid_a /tmp/before; mdevctl modify -u $uuid_a --addattr x --value y -i 9' \
    '[ $status -ne 0 ]' prints_nothing 'says 9' 'cmp -s /tmp/before $definitions/mtty/$uuid_a'
check 'delattr removes the last attribute' \
    'mdevctl modify -u $uuid_a --delattr' \
    succeeds 'grep -q "\"power/control\": \"on\"" $definitions/mtty/$uuid_a' '! grep -q auto\"\$ $definitions/mtty/$uuid_a'
check 'a live change without a callout script that supports it is an error' \
    'echo "{\"mdev_type\":\"mtty-1\",\"start\":\"manual\"}" | mdevctl modify -u $uuid_a --live --jsonfile /dev/stdin' \
    fails 'is_active $uuid_a' 'grep -q "\"start\": \"auto\"" $definitions/mtty/$uuid_a'
