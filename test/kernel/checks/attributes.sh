# Attributes written to the new device's sysfs files. power/control takes 'on' and 'auto' (the default); the kernel
# refuses every write to power/autosuspend_delay_ms; vendor/memory of an mbochs is read-only.
plan 7

define_file mtty $uuid_a mtty-1 manual '[{"power/control":"on"}]'
check 'an attribute in a directory of the device is written' \
    'mdevctl start -u $uuid_a' \
    succeeds 'is_active $uuid_a' 'attribute $uuid_a power/control on'
define_file mtty $uuid_b mtty-1 manual '[{"power/control":"on"},{"power/control":"auto"}]'
check 'one attribute given twice is written twice, in order' \
    'mdevctl start -u $uuid_b' \
    succeeds 'attribute $uuid_b power/control auto'

# NAME|VALUE|SENTENCE of an attribute that cannot be written
while IFS='|' read -r name value sentence; do
    define_file mbochs $uuid_d mbochs-large manual "[{\"power/control\":\"on\"},{\"$name\":\"$value\"}]"
    check "$sentence: the device is removed again" \
        'mdevctl start -u $uuid_d' \
        fails 'says $uuid_d' 'says $name' 'is_inactive $uuid_d' 'free mbochs mbochs-large 4' 'is_defined mbochs $uuid_d'
done << ROWS
no_such_attribute|1|an attribute that does not exist
power/autosuspend_delay_ms|5|an attribute that the kernel refuses to write
power/control|perhaps|a value that the kernel refuses
vendor/memory|1|a read-only attribute
power|1|an attribute that is a directory
ROWS
