# What udev does when a parent appears: the driver is loaded and start-parent-mdevs called for it.
plan 7

define_file mtty $uuid_a mtty-1 auto '[{"power/control":"on"}]'
define_file mtty $uuid_b mtty-1 auto '[{"power/autosuspend_delay_ms":"5"}]'
define_file mtty $uuid_c mtty-2 auto
define_file mtty $uuid_d mtty-2 manual
define_file mdpy eeeeeeee-0000-4000-8000-000000000005 mdpy-vga auto

rmmod mtty
modprobe mtty
check 'a reloaded driver gets its auto devices back; one that fails is a warning and does not stop the others' \
    'mdevctl start-parent-mdevs mtty' \
    succeeds_with_warning prints_nothing 'says $uuid_b' 'is_active $uuid_a mtty-1' \
    'attribute $uuid_a power/control on' 'is_inactive $uuid_b' 'is_active $uuid_c mtty-2'
check 'manual devices and those of other parents were left alone' \
    : \
    'is_inactive $uuid_d' '[ "$(ls $devices | wc -l)" -eq 2 ]'
rm $definitions/mtty/$uuid_b
rmmod mtty
check 'unloading a driver removes its devices and keeps its definitions' \
    'mdevctl list; mdevctl list -d -p mtty' \
    succeeds '[ "$(wc -l < /tmp/stdout)" -eq 3 ]' '! grep -q active /tmp/stdout'
modprobe mtty
check 'a second reload starts them again, silently' \
    'mdevctl start-parent-mdevs mtty' \
    succeeds prints_nothing 'is_active $uuid_a' 'is_active $uuid_c' '[ "$(ls $devices | wc -l)" -eq 2 ]'
check 'for a parent without definitions there is nothing to do' \
    'mdevctl start-parent-mdevs mbochs' \
    succeeds prints_nothing
for i in 1 2 3 4 5 6; do
    define_file mbochs "ffffffff-0000-4000-8000-00000000000$i" mbochs-large auto
done
check 'of six auto devices on a parent with room for four, four start and two are warned about' \
    'mdevctl start-parent-mdevs mbochs' \
    succeeds_with_warning prints_nothing 'free mbochs mbochs-large 0' '[ "$(ls $devices | wc -l)" -eq 6 ]' \
    '[ -e /reference ] || [ "$(grep -c ffffffff-0000 /tmp/stderr)" -eq 2 ]'
define_file mdpy $uuid_b mdpy-xga auto
echo 'this is not JSON' > $definitions/mdpy/$uuid_c
better 'a broken definition is a warning and does not stop the others' \
    'mdevctl start-parent-mdevs mdpy' \
    '[ $status -eq 0 ]' 'says $uuid_c' 'is_active $uuid_b mdpy-xga' \
    'is_active eeeeeeee-0000-4000-8000-000000000005 mdpy-vga'
