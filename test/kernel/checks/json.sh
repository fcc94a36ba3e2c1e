# Descriptions of devices as JSON, from a file and through a pipe, as libvirt gives them.
plan 8

cat > /tmp/serial.json << 'JSON'
{ "mdev_type": "mtty-2", "start": "auto", "attrs": [ { "power/control": "on" } ] }
JSON
written='{
  "mdev_type": "mtty-2",
  "start": "auto",
  "attrs": [
    {
      "power/control": "on"
    }
  ]
}'

check 'define takes type, start and attributes from a file' \
    'mdevctl define -u $uuid_a -p mtty --jsonfile /tmp/serial.json' \
    succeeds prints_nothing '[ "$(cat $definitions/mtty/$uuid_a)" = "$written" ]' nothing_is_active
check 'a device defined from a file starts with its attributes' \
    'mdevctl start -u $uuid_a' \
    succeeds 'is_active $uuid_a mtty-2' 'attribute $uuid_a power/control on'
check 'start takes a transient device from a pipe on /dev/stdin, without newline and without attrs' \
    'printf "{\"mdev_type\":\"mdpy-hd\",\"start\":\"manual\"}" | mdevctl start --parent=mdpy --jsonfile=/dev/stdin --uuid=$uuid_b' \
    succeeds prints_nothing 'is_active $uuid_b mdpy-hd mdpy' 'is_undefined mdpy $uuid_b'
check 'start from a pipe without a uuid prints the one it generated, and writes the attributes' \
    'mdevctl start --parent=mtty --jsonfile=/dev/stdin < /tmp/serial.json' \
    succeeds 'is_active "$(cat /tmp/stdout)" mtty-2 mtty' 'attribute "$(cat /tmp/stdout)" power/control on'
check 'define from a pipe prints the uuid it generated' \
    'cat /tmp/serial.json | mdevctl define --parent=mtty --jsonfile=/dev/stdin' \
    succeeds '[ "$(cat $definitions/mtty/$(cat /tmp/stdout))" = "$written" ]'
check 'a device from a file whose attribute is refused is removed again' \
    'printf "%s" "{\"mdev_type\":\"mdpy-vga\",\"start\":\"manual\",\"attrs\":[{\"nothing\":\"1\"}]}" | mdevctl start -u $uuid_c -p mdpy --jsonfile /dev/stdin' \
    fails 'says nothing' 'is_inactive $uuid_c'
check 'define from a file never overwrites a definition' \
    'mdevctl define -u $uuid_a -p mtty --jsonfile /tmp/serial.json' \
    fails 'says $uuid_a'
check 'define reads what list prints of another definition' \
    'mdevctl list -d -u $uuid_a -p mtty --dumpjson | mdevctl define -u $uuid_d -p mtty --jsonfile /dev/stdin' \
    succeeds '[ "$(cat $definitions/mtty/$uuid_d)" = "$written" ]'
