# What list prints, compared with sysfs and the definitions.
plan 8

define_file mtty $uuid_a mtty-1 auto '[{"power/control":"on"},{"power/control":"auto"}]'
define_file mdpy $uuid_b mdpy-hd manual
define_file mbochs $uuid_d mbochs-large manual

check 'list as JSON with no device active is an empty array' \
    'mdevctl list --dumpjson' \
    succeeds 'prints "[]"'

echo $uuid_c > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
echo $uuid_a > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create
echo $uuid_b > /sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-vga/create
for i in 1 2 3 4 5 6 7 8; do
    echo "eeeeeeee-0000-4000-8000-00000000000$i" > /sys/class/mdev_bus/mbochs/mdev_supported_types/mbochs-small/create
done

# UUID PARENT TYPE of every active device, from sysfs alone, in the order that list promises.
devices_in_sysfs() {
    for device in $devices/*; do
        echo "$(basename "$device") $(basename "$(dirname "$(readlink "$device")")") $(basename "$(readlink "$device/mdev_type")")"
    done | sort -k 2,2 -k 1,1
}

# The same from the JSON on stdout.
devices_in_json() {
    awk -F '"' '/^    "/ { parent = $2 } /^        "/ { uuid = $2 } /^          "mdev_type"/ { print uuid, parent, $4 }' /tmp/stdout
}

check 'list names the devices that sysfs has, sorted by parent and uuid' \
    'mdevctl list' \
    succeeds '[ "$(cut -d " " -f 1-3 /tmp/stdout)" = "$(devices_in_sysfs)" ]' \
    'grep -q -x "$uuid_a mtty mtty-1 auto (defined)" /tmp/stdout' 'grep -q -x "$uuid_c mtty mtty-2 manual" /tmp/stdout'
check 'lsmdev is list by another name' \
    'mdevctl list > /tmp/list; lsmdev' \
    succeeds 'cmp -s /tmp/list /tmp/stdout'
check 'list -d says which definitions are active, and one whose device has another type is not' \
    'mdevctl list -d' \
    succeeds 'prints "$uuid_d mbochs mbochs-large manual
$uuid_b mdpy mdpy-hd manual
$uuid_a mtty mtty-1 auto (active)"'
check 'list -dv shows the attributes of a definition' \
    'mdevctl list -dv -p mtty' \
    succeeds "prints '$uuid_a mtty mtty-1 auto (active)
  Attrs:
    @{0}: {\"power/control\":\"on\"}
    @{1}: {\"power/control\":\"auto\"}'"
check 'list -u --dumpjson of one active device is a definition' \
    'mdevctl list -u $uuid_c --dumpjson' \
    succeeds "prints '{
  \"mdev_type\": \"mtty-2\",
  \"start\": \"manual\",
  \"attrs\": []
}'"
check 'list --dumpjson names the devices that sysfs has, each below its parent' \
    'mdevctl list --dumpjson' \
    succeeds '[ "$(devices_in_json)" = "$(devices_in_sysfs)" ]'
rmmod mtty
check 'unloading a driver takes its devices off the list and leaves their definitions' \
    'mdevctl list; mdevctl list -d -p mtty' \
    succeeds '! grep -q "^$uuid_c" /tmp/stdout' 'grep -q -x "$uuid_a mtty mtty-1 auto" /tmp/stdout'
