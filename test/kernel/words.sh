# More functions for checks, on a kernel with mediated device drivers; the basic ones are in test/guest/check.sh.

devices=/sys/bus/mdev/devices

# Conditions on the host: is_active UUID [TYPE [PARENT]], free PARENT TYPE NUMBER, attribute UUID NAME VALUE, …
is_active() {
    [ -e "$devices/$1/mdev_type" ] || return 1
    [ -z "${2-}" ] || [ "$(basename "$(readlink "$devices/$1/mdev_type")")" = "$2" ] || return 1
    [ -z "${3-}" ] || [ "$(basename "$(dirname "$(readlink "$devices/$1")")")" = "$3" ]
}
is_inactive() { [ ! -e "$devices/$1" ]; }
nothing_is_active() { [ -z "$(ls $devices)" ]; }
free() { [ "$(cat "/sys/class/mdev_bus/$1/mdev_supported_types/$2/available_instances")" -eq "$3" ]; }
attribute() { [ "$(cat "$devices/$1/$2" 2> /dev/null)" = "$3" ]; }

# No devices, no definitions, no scripts, all drivers loaded. mdevctl 1.4 needs its directories; ours starts without
# them.
empty_the_host() {
    for device in "$devices"/*; do
        [ ! -e "$device" ] || echo 1 > "$device/remove"
    done
    rm -rf $definitions /usr/lib/mdevctl /var/lib/mdevctl
    [ ! -e /reference ] || mkdir -p $definitions $scripts/callouts $scripts/notifiers
    modprobe -a mtty mdpy mbochs
}
