# Drivers that come and go while the host runs: udev starts what is defined.
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
check 'not the one that is to be started by hand' \
    'mdevctl list --defined --uuid $uuid_d' \
    'prints "$uuid_d mtty mtty-1 manual"' 'inactive $uuid_d'
check 'libvirt lists the 24' \
    'virsh nodedev-list --cap mdev' \
    'eventually number_listed 24'
check 'the system log has no error about it' \
    'log --priority=err' \
    no_error_logged
check 'unloading the driver takes them away, and loading it again brings them back' \
    'modprobe -r mtty; ls $devices; modprobe mtty; udevadm settle' \
    prints_nothing 'eventually number_active 24'

empty_the_host
modprobe -r mtty
define_file mtty $uuid_a mtty-9 auto
define_file mtty $uuid_b mtty-1 auto '[{"power/nonsense":"1"}]'
define_file mtty $uuid_c mtty-1 auto
check 'what fails to start does not keep the others from starting' \
    'modprobe mtty; udevadm settle' \
    'eventually active $uuid_c mtty-1 mtty' 'inactive $uuid_a' 'inactive $uuid_b'
check 'and the system log says why, as an error' \
    'eventually error_logged mtty-9; log --priority=err' \
    'eventually error_logged mtty-9' 'eventually error_logged power/nonsense'

empty_the_host
modprobe -r mtty
define_file mtty $uuid_a mtty-1 auto
install_script callouts refuse.sh << 'END'
[ "$4" != get ] || exit 2
echo "the licence server does not answer" >&2
exit 1
END
check 'so it does when a callout script refuses, with the words of the script' \
    'modprobe mtty; udevadm settle; eventually error_logged refuse.sh; log' \
    'inactive $uuid_a' 'eventually error_logged "the licence server does not answer"'

empty_the_host
modprobe -r mdpy mbochs
define_file mdpy $uuid_a mdpy-vga auto
define_file mbochs $uuid_b mbochs-large auto
check 'devices of other drivers start the same way' \
    'modprobe -a mdpy mbochs; udevadm settle' \
    'eventually active $uuid_a mdpy-vga mdpy' 'eventually active $uuid_b mbochs-large mbochs'
