# What the guest was booted with: two definitions, and a driver that is loaded at boot. Comes first, by its name.
plan 4

check 'at boot the devices that are defined to start automatically are started' \
    'mdevctl list' \
    'eventually active $uuid_a mtty-1 mtty'
check 'those defined to be started by hand are not' \
    'mdevctl list --defined' \
    'inactive $uuid_b' 'defined mtty $uuid_b'
check 'libvirt lists the ones as active and the others as inactive' \
    'virsh nodedev-list --cap mdev --all' \
    'eventually listed $uuid_a' 'eventually listed_inactive $uuid_b'
check 'and the system log has no error of mdevctl about it' \
    'journalctl --quiet --boot --priority=err --identifier=mdevctl' \
    prints_nothing
