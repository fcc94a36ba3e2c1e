# Drivers that are loaded and unloaded while the host runs: udev starts the devices that are defined.
plan 9

empty_the_host
modprobe -r mtty
for number in $(seq 101 124); do
    define_file mtty "cccccccc-0000-4000-8000-000000000$number" mtty-1 auto
done
define_file mtty $uuid_d mtty-1 manual
number_active() { [ "$(ls $devices | wc -l)" -eq "$1" ]; }
check 'loading a driver starts the 24 devices that are defined to start automatically' \
    'modprobe mtty; udevadm settle' \
    'eventually number_active 24' 'free mtty mtty-1 0'
check 'the device that is not defined to start automatically is not started' \
    'mdevctl list --defined --uuid $uuid_d' \
    'prints "$uuid_d mtty mtty-1 manual"' 'is_inactive $uuid_d'
check 'libvirt lists the 24 devices' \
    'virsh nodedev-list --cap mdev' \
    'eventually number_listed 24'
check 'the system log has no error about them' \
    'log --priority=err' \
    logs_no_error
check 'unloading the driver removes them, and loading it again starts them again' \
    'modprobe -r mtty; ls $devices; modprobe mtty; udevadm settle' \
    prints_nothing 'eventually number_active 24'

empty_the_host
modprobe -r mtty
define_file mtty $uuid_a mtty-9 auto
define_file mtty $uuid_b mtty-1 auto '[{"power/nonsense":"1"}]'
define_file mtty $uuid_c mtty-1 auto
check 'devices that fail to start do not keep the others from starting' \
    'modprobe mtty; udevadm settle' \
    'eventually is_active $uuid_c mtty-1 mtty' 'is_inactive $uuid_a' 'is_inactive $uuid_b'
check 'the system log says why they failed, as an error' \
    'eventually logs_error mtty-9; log --priority=err' \
    'eventually logs_error mtty-9' 'eventually logs_error power/nonsense'

empty_the_host
modprobe -r mtty
define_file mtty $uuid_a mtty-1 auto
install_script callouts refuse.sh << 'END'
[ "$4" != get ] || exit 2
echo "the licence server does not answer" >&2
exit 1
END
check 'if a callout script refuses, the system log has the words of the script' \
    'modprobe mtty; udevadm settle; eventually logs_error refuse.sh; log' \
    'is_inactive $uuid_a' 'eventually logs_error "the licence server does not answer"'

empty_the_host
modprobe -r mdpy mbochs
define_file mdpy $uuid_a mdpy-vga auto
define_file mbochs $uuid_b mbochs-large auto
check 'devices of other drivers start the same way' \
    'modprobe -a mdpy mbochs; udevadm settle' \
    'eventually is_active $uuid_a mdpy-vga mdpy' 'eventually is_active $uuid_b mbochs-large mbochs'
