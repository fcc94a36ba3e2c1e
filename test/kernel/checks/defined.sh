# Definitions: written, started, stopped, removed, and created from a device that is already running.
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
    succeeds prints_nothing '[ "$(cat $definitions/mtty/$uuid_a)" = "$manual" ]' nothing_is_active
check 'a definition is started with only its uuid' \
    'mdevctl start -u $uuid_a' \
    succeeds prints_nothing 'is_active $uuid_a mtty-2 mtty' 'is_defined mtty $uuid_a'
check 'stop leaves the definition' \
    'mdevctl stop -u $uuid_a' \
    succeeds prints_nothing 'is_inactive $uuid_a' 'is_defined mtty $uuid_a'
check 'defining the same device again is refused' \
    'mdevctl define -u $uuid_a -p mtty -t mtty-1' \
    fails 'says $uuid_a' '[ "$(cat $definitions/mtty/$uuid_a)" = "$manual" ]'
check 'starting a definition with a type that it does not have is refused' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-1' \
    fails 'says mtty-2' nothing_is_active
check 'define without a uuid prints the one that it generated' \
    'mdevctl define --auto -p mdpy --type=mdpy-xga' \
    succeeds 'made_up=$(cat /tmp/stdout)' '[ "$(cat $definitions/mdpy/$made_up)" = "$auto" ]' nothing_is_active
check 'undefine removes the definition' \
    'mdevctl undefine -u $made_up' \
    succeeds prints_nothing 'is_undefined mdpy $made_up' 'is_defined mtty $uuid_a'
echo $uuid_b > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
check 'a running device is defined with only its uuid' \
    'mdevctl define -u $uuid_b' \
    succeeds prints_nothing '[ "$(cat $definitions/mtty/$uuid_b)" = "$manual" ]' 'is_active $uuid_b'
check 'undefine leaves a running device running' \
    'mdevctl undefine -u $uuid_b' \
    succeeds prints_nothing 'is_undefined mtty $uuid_b' 'is_active $uuid_b mtty-2'
define_file mdpy $uuid_a mdpy-vga manual
check 'a uuid defined on two parents starts only if the parent is given' \
    'mdevctl start -u $uuid_a' \
    fails 'says mtty' 'says mdpy' 'is_inactive $uuid_a'
check 'if the parent is given, the right one of two definitions starts' \
    'mdevctl start -u $uuid_a -p mdpy' \
    succeeds 'is_active $uuid_a mdpy-vga mdpy'
