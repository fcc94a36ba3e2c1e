# A device that a process uses: it has the node of the device's VFIO group open, as a virtual machine has.
plan 7

# hold_open UUID: a process opens the node.
hold_open() {
    node=/dev/vfio/$(basename "$(readlink "$devices/$1/iommu_group")")
    # It opens the node before its name is sleep.
    sleep 1000 < /dev/null > /dev/null 2>&1 3< "$node" &
    holder=$!
    while [ "$(cat /proc/$holder/comm)" != sleep ]; do sleep 0.1; done
}
let_go() { kill $holder; wait $holder 2> /dev/null; }
# A stop that waits in the kernel must not make the checks wait.
stop_within_20_seconds() {
    mdevctl stop "$@" &
    stopper=$!
    for _ in $(seq 200); do
        [ -e /proc/$stopper ] || { wait $stopper; return; }
        sleep 0.1
    done
    return 1
}

mdevctl start -u $uuid_a -p mtty -t mtty-1
mdevctl start -u $uuid_b -p mtty -t mtty-1
hold_open $uuid_a
better 'a device that a process has open is not stopped, and the message names the process' \
    'mdevctl stop -u $uuid_a' \
    fails 'says "process $holder (sleep) uses it"' 'is_active $uuid_a mtty-1'
check 'another device of the same parent is stopped meanwhile' \
    'mdevctl stop -u $uuid_b' \
    succeeds prints_nothing 'is_inactive $uuid_b'
[ ! -e /reference ] || mdevctl start -u $uuid_a -p mtty -t mtty-1
better 'where the process cannot be seen, the device is not stopped either' \
    'unshare --pid --fork --mount-proc mdevctl stop -u $uuid_a' \
    fails 'says "a process that cannot be seen from here uses it"' 'is_active $uuid_a mtty-1'
let_go
[ ! -e /reference ] || mdevctl start -u $uuid_a -p mtty -t mtty-1
check 'after the process has ended, the device is stopped' \
    'mdevctl stop -u $uuid_a' \
    succeeds prints_nothing 'is_inactive $uuid_a' 'free mtty mtty-1 24'

mdevctl start -u $uuid_a -p mtty -t mtty-1
check 'where no process can be seen, a device that nobody has open is stopped' \
    'unshare --pid --fork --mount-proc mdevctl stop -u $uuid_a' \
    succeeds prints_nothing 'is_inactive $uuid_a'

mdevctl start -u $uuid_a -p mtty -t mtty-1
hold_open $uuid_a
better '--force stops a device that a process has open, with a warning' \
    'stop_within_20_seconds -u $uuid_a --force' \
    succeeds_with_warning 'says "process $holder (sleep) uses $uuid_a"' 'is_inactive $uuid_a'
let_go
check 'the device can be started again' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-1' \
    succeeds 'is_active $uuid_a mtty-1'
