# The state after boot, with two definitions and a driver that is loaded at boot. Runs first, because of its name.
plan 4

check 'devices that are defined to start automatically are started at boot' \
    'mdevctl list' \
    'eventually is_active $uuid_a mtty-1 mtty'
check 'other devices are not started at boot' \
    'mdevctl list --defined' \
    'is_inactive $uuid_b' 'is_defined mtty $uuid_b'
check 'libvirt lists the former as active and the latter as inactive' \
    'virsh nodedev-list --cap mdev --all' \
    'eventually is_listed $uuid_a' 'eventually is_listed_inactive $uuid_b'
check 'the system log has no error from mdevctl' \
    'journalctl --quiet --boot --priority=err --identifier=mdevctl' \
    prints_nothing
