# What a host looks like at a glance, and whether something is wrong with it.
plan 7

shows() { grep -q -F -x -e "$1" /tmp/stdout; }

better 'what there is room for is what the kernel says' 'mdevctl status mtty' succeeds \
    'shows "  $(cat /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances) free: mtty-1 Single port serial"'
better 'nothing is wrong' 'mdevctl doctor' is_healthy
mdevctl start -u $uuid_a -p mtty -t mtty-2
mdevctl define -u $uuid_b -p mtty -t mtty-1
better 'active and defined devices stand below their parent' 'mdevctl status mtty' succeeds \
    "shows '  $uuid_a  mtty-2  transient  active'" "shows '  $uuid_b  mtty-1  manual     not active'"

node=/dev/vfio/$(basename "$(readlink "$devices/$uuid_a/iommu_group")")
sleep 1000 < /dev/null > /dev/null 2>&1 3< "$node" &
holder=$!
while [ "$(cat /proc/$holder/comm)" != sleep ]; do sleep 0.1; done
better 'who has the node of a device open uses it' 'mdevctl status mtty' succeeds \
    "shows '  $uuid_a  mtty-2  transient  in use: sleep $holder'" "shows '  $uuid_b  mtty-1  manual     not active'"
[ -e /reference ] || show_status
kill $holder

modprobe -r mdpy
define_file mdpy $uuid_c mdpy-xga auto
better 'a definition whose driver is not loaded is found' 'mdevctl doctor' '[ $status -eq 3 ]' \
    'grep -q "^error parent-missing: cannot start $uuid_c: " /tmp/stdout'
modprobe mdpy
better 'after that, it could be started, and has not been' 'mdevctl doctor' '[ $status -eq 0 ]' \
    'grep -q "^warning not-started: .*$uuid_c" /tmp/stdout'
mdevctl start -u $uuid_c
better 'started, nothing is wrong with it' 'mdevctl doctor $uuid_c' is_healthy
