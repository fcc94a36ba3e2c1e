# What libvirt 11.3 has and 9.0 does not: changing a definition in place, and an active device through a callout script.
plan 7

modprobe -a mtty
empty_the_host
define_file mtty $uuid_a mtty-1 manual
eventually is_listed_inactive $uuid_a
device_xml $uuid_a mtty-1 power/control=on
check 'nodedev-update --config changes the definition' \
    'virsh nodedev-update $(node $uuid_a) /tmp/device.xml --config' \
    succeeds '[ "$(mdevctl list -d -v -u $uuid_a | grep -c power/control)" -eq 1 ]' \
    "eventually is_described_with \$uuid_a \"<attr name='power/control' value='on'/>\""
check 'the device starts with the change' \
    'virsh nodedev-start $(node $uuid_a)' \
    succeeds 'attribute $uuid_a power/control on' 'eventually is_listed $uuid_a'
check 'nodedev-define changes the definition of an active device' \
    'virsh nodedev-define /tmp/device.xml' \
    succeeds 'is_defined mtty $uuid_a' 'is_active $uuid_a'
device_xml $uuid_a mtty-1 power/control=auto
echo '{"mdev_type":"mtty-1","start":"manual","attrs":[{"power/control":"auto"}]}' > /tmp/input
check 'without a callout script for it, nodedev-update --live is refused with the words of mdevctl' \
    'virsh nodedev-update $(node $uuid_a) /tmp/device.xml --live' \
    '[ $status -ne 0 ]' 'attribute $uuid_a power/control on' \
    'mdevctl modify --parent=mtty --jsonfile=/dev/stdin --uuid=$uuid_a --live < /tmp/input 2> /tmp/said; [ -s /tmp/said ]' \
    'grep -q -F -f /tmp/said /tmp/stderr'

install_script callouts live.sh << 'END'
case "$4 $6" in
    'get capabilities')
        cat > /dev/null
        echo '{"supports":{"version":2,"actions":["start","stop","define","undefine","modify","attributes","capabilities"],"events":["pre","post","notify","get","live"]}}' ;;
    'get attributes') printf '[{"power/control":"%s"}]' "$(cat "/sys/bus/mdev/devices/${10}/power/control")" ;;
    'live modify') sed 's/.*"power\/control":"\([a-z]*\)".*/\1/' > "/sys/bus/mdev/devices/${10}/power/control" ;;
esac
END
check 'with a callout script for it, nodedev-update --live changes the active device and nothing else' \
    'virsh nodedev-update $(node $uuid_a) /tmp/device.xml --live' \
    succeeds 'attribute $uuid_a power/control auto' 'mdevctl list -d -v -u $uuid_a | grep -q "\"power/control\":\"on\""'
echo on > $devices/$uuid_a/power/control
check 'nodedev-update --live --config changes both' \
    'virsh nodedev-update $(node $uuid_a) /tmp/device.xml --live --config' \
    succeeds 'attribute $uuid_a power/control auto' 'mdevctl list -d -v -u $uuid_a | grep -q "\"power/control\":\"auto\""'
check 'nodedev-dumpxml shows the attributes of the device, as the script reports them' \
    'virsh nodedev-dumpxml $(node $uuid_a)' \
    succeeds "shows \"<attr name='power/control' value='auto'/>\""
