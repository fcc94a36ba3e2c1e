# What monitor says of devices that come and go, by mdevctl and by others, which mdevctl 1.4 cannot.
plan 10
needs udevadm

create() { echo "$3" > "/sys/class/mdev_bus/$1/mdev_supported_types/$2/create"; }
number() { printf '00000000-0000-4000-8000-%012d' "$1"; }
# Devices that another program makes and removes at once.
come_and_go() {
    for at in $(seq "$1" "$2"); do
        uuid=$(number "$at")
        create mtty mtty-1 "$uuid"
        echo 1 > $devices/"$uuid"/remove
    done
}

define_file mtty $uuid_a mtty-1 manual
create mtty mtty-2 $uuid_b
better 'what is there comes first' start_monitor is_told_truly 'happened_times 2 present' 'happened_times 0 started'
better 'a device that another program makes is told of' \
    'create mtty mtty-1 $uuid_c; eventually happened started' 'happened_times 1 started $uuid_c' is_told_truly
better 'so is what mdevctl does' \
    'mdevctl start -u $uuid_a; mdevctl modify -u $uuid_a --auto; mdevctl stop -u $uuid_a; eventually happened stopped; eventually happened modified' \
    'happened_times 1 started $uuid_a' 'happened_times 1 stopped $uuid_a' 'happened_times 1 modified' is_told_truly
better 'a device that is made anew has been stopped and started' \
    'echo 1 > $devices/$uuid_c/remove; create mtty mtty-1 $uuid_c; eventually happened_times 2 started $uuid_c' \
    'happened_times 1 stopped $uuid_c' is_told_truly
better 'no device is missed or told twice when a thousand come or go in a burst' \
    'come_and_go 1 500; eventually happened_times 500 stopped 00000000-' 'happened_times 500 started 00000000-' is_told_once is_told_truly
better 'what comes and goes while the list is made is not missed' \
    'kill $monitor; come_and_go 501 600 & changes=$!; start_monitor; wait $changes; create mtty mtty-1 $uuid_d; eventually happened_times 1 started $uuid_d' \
    is_told_once is_told_truly
better 'a driver that goes takes its devices along, and its parent' \
    'for device in $devices/*; do echo 1 > $device/remove; done; rmmod mtty; eventually happened parent-removed' \
    'happened_times 1 parent-removed mtty' is_told_truly
better 'and it comes back' 'modprobe mtty; eventually happened parent-added' 'happened_times 1 parent-added mtty' is_told_truly
# More messages than there is room for, while nobody takes them. On Node.js, udevadm takes them, which has room for more.
flood() {
    for at in $(seq 1 15000); do echo change > /sys/devices/virtual/mtty/mtty/uevent; done
}
is_said_again() { [ -e /usr/bin/node ] || { happened_times 1 resync && happened_times 2 ready; }; }
better 'if the kernel had more to say than there is room for, everything is said again' \
    'kill -STOP $monitor; flood; create mtty mtty-1 $uuid_b; kill -CONT $monitor; eventually is_said_again; eventually is_told_truly' \
    is_said_again is_told_truly
better 'it has had nothing to complain about, and a signal ends it' 'kill $monitor; wait $monitor 2> /dev/null; ended=$?; cat /tmp/monitor_errors' \
    '[ $ended -eq 143 ]' prints_nothing
