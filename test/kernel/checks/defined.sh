# Definitions: written, started, stopped, removed, and made from a device that is already running.
plan 11

manual='{
  "mdev_type": "mtty-2",
  "start": "manual",
  "attrs": []
}'
auto='{
  "mdev_type": "mdpy-xga",
  "start": "auto",
  "attrs": []
}'

check 'define writes a definition and starts nothing' \
    'mdevctl define -u $uuid_a -p mtty -t mtty-2' \
    succeeds prints_nothing '[ "$(cat $definitions/mtty/$uuid_a)" = "$manual" ]' nothing_active
check 'a definition is started by its uuid alone' \
    'mdevctl start -u $uuid_a' \
    succeeds prints_nothing 'active $uuid_a mtty-2 mtty' 'defined mtty $uuid_a'
check 'stop leaves the definition' \
    'mdevctl stop -u $uuid_a' \
    succeeds prints_nothing 'inactive $uuid_a' 'defined mtty $uuid_a'
check 'defining the same device again is refused' \
    'mdevctl define -u $uuid_a -p mtty -t mtty-1' \
    fails 'says $uuid_a' '[ "$(cat $definitions/mtty/$uuid_a)" = "$manual" ]'
check 'starting a definition with a type that it does not have is refused' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-1' \
    fails 'says mtty-2' nothing_active
check 'define without a uuid prints the one that it made up' \
    'mdevctl define --auto -p mdpy --type=mdpy-xga' \
    succeeds 'made_up=$(cat /tmp/stdout)' '[ "$(cat $definitions/mdpy/$made_up)" = "$auto" ]' nothing_active
check 'undefine removes the definition' \
    'mdevctl undefine -u $made_up' \
    succeeds prints_nothing 'undefined mdpy $made_up' 'defined mtty $uuid_a'
echo $uuid_b > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
check 'a running device is promoted to a definition by its uuid alone' \
    'mdevctl define -u $uuid_b' \
    succeeds prints_nothing '[ "$(cat $definitions/mtty/$uuid_b)" = "$manual" ]' 'active $uuid_b'
check 'undefine leaves a running device running' \
    'mdevctl undefine -u $uuid_b' \
    succeeds prints_nothing 'undefined mtty $uuid_b' 'active $uuid_b mtty-2'
define_file mdpy $uuid_a mdpy-vga manual
check 'a uuid defined on two parents starts only when the parent is said' \
    'mdevctl start -u $uuid_a' \
    fails 'says mtty' 'says mdpy' 'inactive $uuid_a'
check 'with the parent said the right one of two definitions starts' \
    'mdevctl start -u $uuid_a -p mdpy' \
    succeeds 'active $uuid_a mdpy-vga mdpy'
