# Names and files that lead elsewhere or nowhere: refused in one clear line, and nothing is written, in sysfs or below
# /etc.
plan 17

# One device is active and nothing is defined; a refusal must not change this.
only_one_device() {
    empty_the_host
    rm -rf /etc/escaped
    echo $uuid_a > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create
}
is_untouched() {
    [ "$(ls $devices)" = $uuid_a ] && attribute $uuid_a power/control auto && nothing_is_defined &&
        [ ! -e /etc/escaped ]
}
start_with() {
    printf '{"mdev_type":"mtty-1","start":"manual","attrs":[{"%s":"%s"}]}' "$1" "$2" |
        mdevctl start -u $uuid_b -p mtty --jsonfile /dev/stdin
}

echo '{ "mdev_type": "mtty-1", ' > /tmp/cut.json
echo '{ "mdev_type": 7, "start": "auto" }' > /tmp/shape.json

# check or better|ACTION|WHAT THE ERROR NAMES|SENTENCE; 1.4 accepts what is marked with better
while IFS='|' read -r kind action named sentence; do
    only_one_device
    $kind "$sentence" "$action" is_refused "says '$named'" is_untouched
done << ROWS
better|mdevctl start -u $uuid_b -p ../../devices/virtual/mtty/mtty -t mtty-1|../|a path instead of a parent name is refused
check|mdevctl start -u $uuid_b -p '' -t mtty-1|''|an empty parent is refused
better|mdevctl start -u $uuid_b -p mtty -t ../../mtty/mdev_supported_types/mtty-1|../|a type that leads elsewhere is refused
check|mdevctl start -u $uuid_b -p mtty -t ..|..|the type .. is refused
better|mdevctl define -u $uuid_b -p ../escaped -t mtty-1|../escaped|a definition for a parent ../escaped is refused
better|mdevctl define -u $uuid_b -p mtty -t ..|..|a definition of the type .. is refused
better|mdevctl start-parent-mdevs ../mtty|../mtty|autostart of a parent ../mtty is refused
check|mdevctl start -u $uuid_b -p mtty --jsonfile /tmp/missing.json|/tmp/missing.json|a jsonfile that does not exist is refused
check|mdevctl start -u $uuid_b -p mtty --jsonfile /tmp|/tmp|a jsonfile that is a directory is refused
check|mdevctl start -u $uuid_b -p mtty --jsonfile /tmp/cut.json|/tmp/cut.json|a truncated jsonfile is refused
better|mdevctl define -u $uuid_b -p mtty --jsonfile /tmp/shape.json|mdev_type|a jsonfile whose type is a number is refused
better|start_with ../$uuid_a/power/control on|../$uuid_a|an attribute that leads to another device is refused
better|start_with /sys/bus/mdev/devices/$uuid_a/power/control on|/sys/bus|an absolute attribute name is refused
check|start_with ../../x 1|../../x|an attribute outside the device that does not exist is refused
check|start_with '' 1|attribute|an attribute without a name is refused
ROWS

better 'a listing that cannot be written is a failure' \
    'mdevctl list > /dev/full' \
    '[ $status -eq 1 ]' '[ "$(head -c 9 /tmp/stderr)" = "mdevctl: " ]'
only_one_device
better 'a start that cannot print the uuid it generated leaves no device' \
    'mdevctl start -p mtty -t mtty-1 > /dev/full' \
    '[ $status -eq 1 ]' '[ "$(head -c 9 /tmp/stderr)" = "mdevctl: " ]' is_untouched
