# libvirt's node device driver, which runs mdevctl for everything that it does with mediated devices.
plan 33

modprobe -a mtty
empty_the_host
check 'virsh lists the parents' \
    'virsh nodedev-list --cap mdev_types' \
    succeeds 'shows mtty_mtty'
check 'virsh describes the types of a parent' \
    'virsh nodedev-dumpxml mtty_mtty' \
    succeeds "shows \"<type id='mtty-1'>\"" "shows \"<type id='mtty-2'>\"" 'shows "<availableInstances>24</availableInstances>"'

device_xml '' mtty-2
check 'nodedev-create starts a transient device' \
    'virsh nodedev-create /tmp/device.xml' \
    succeeds 'uuid=$(only_uuid)' 'is_active $uuid mtty-2 mtty' 'is_undefined mtty $uuid' \
    'shows "$(node $uuid)"' 'is_listed $uuid'
check 'nodedev-destroy stops it' \
    'virsh nodedev-destroy $(node $(only_uuid))' \
    succeeds nothing_is_active '[ -z "$(virsh nodedev-list --cap mdev --all)" ]'

device_xml $uuid_a mtty-1 power/control=on
check 'nodedev-create takes a uuid and attributes' \
    'virsh nodedev-create /tmp/device.xml' \
    succeeds 'is_active $uuid_a mtty-1 mtty' 'attribute $uuid_a power/control on' 'is_listed $uuid_a' \
    'free mtty mtty-1 23'
check 'nodedev-info says that it is active and transient' \
    'virsh nodedev-info $(node $uuid_a)' \
    succeeds 'info $uuid_a Active yes' 'info $uuid_a Persistent no'
check 'nodedev-dumpxml describes it' \
    'virsh nodedev-dumpxml $(node $uuid_a)' \
    succeeds "shows \"<type id='mtty-1'/>\"" 'shows "<uuid>$uuid_a</uuid>"' 'shows "<parent>mtty_mtty</parent>"'
check 'a virtual machine can be defined that takes it as mdevctl says' \
    'define_vm $uuid_a --display' \
    succeeds "shows \"model='vfio-pci' display='on'\"" "shows \"<address uuid='$uuid_a'/>\"" "shows \"'web' has been undefined\""
check 'the same uuid a second time is refused' \
    'virsh nodedev-create /tmp/device.xml' \
    complains\ $uuid_a 'is_active $uuid_a mtty-1 mtty' 'free mtty mtty-1 23'
check 'the status has what libvirt has made' 'mdevctl status mtty' succeeds \
    'shows "  23 free, 1 active: mtty-1 Single port serial"' 'shows "  $uuid_a  mtty-1  transient  active"'
show_status
check 'nothing is wrong on this host, with its rules and units and its libvirt' 'mdevctl doctor' is_healthy

empty_the_host
device_xml '' mtty-1
check 'nodedev-define without a uuid creates a definition' \
    'virsh nodedev-define /tmp/device.xml' \
    succeeds 'uuid=$(only_uuid --defined)' 'is_defined mtty $uuid' 'shows "$(node $uuid)"' \
    'is_listed_inactive $uuid' nothing_is_active
check 'nodedev-undefine removes it' \
    'virsh nodedev-undefine $(node $(only_uuid --defined))' \
    succeeds nothing_is_defined '[ -z "$(virsh nodedev-list --cap mdev --all)" ]'

device_xml $uuid_b mtty-2 power/control=auto power/control=on
check 'nodedev-define takes a uuid and attributes, several of one name' \
    'virsh nodedev-define /tmp/device.xml' \
    succeeds 'is_defined mtty $uuid_b' 'is_listed_inactive $uuid_b' \
    '[ "$(mdevctl list -d -v -u $uuid_b | grep -c power/control)" -eq 2 ]'
check 'nodedev-dumpxml shows the attributes in their order' \
    'virsh nodedev-dumpxml $(node $uuid_b)' \
    succeeds "shows \"<attr name='power/control' value='auto'/>\"" "shows \"<attr name='power/control' value='on'/>\"" \
    '[ "$(grep -n -m 1 auto /tmp/stdout | cut -d : -f 1)" -lt "$(grep -n "value=.on" /tmp/stdout | cut -d : -f 1)" ]'
check 'nodedev-info says that it is inactive, persistent and not started automatically' \
    'virsh nodedev-info $(node $uuid_b)' \
    succeeds 'info $uuid_b Active no' 'info $uuid_b Persistent yes' 'info $uuid_b Autostart no'
check 'nodedev-start starts it with its attributes' \
    'virsh nodedev-start $(node $uuid_b)' \
    succeeds 'is_active $uuid_b mtty-2 mtty' 'attribute $uuid_b power/control on' 'eventually is_listed $uuid_b'
check 'nodedev-autostart sets start mode auto' \
    'virsh nodedev-autostart $(node $uuid_b)' \
    succeeds '[ "$(mdevctl list -d)" = "$uuid_b mtty mtty-2 auto (active)" ]' 'eventually info $uuid_b Autostart yes'
check 'nodedev-autostart --disable sets start mode manual' \
    'virsh nodedev-autostart --disable $(node $uuid_b)' \
    succeeds '[ "$(mdevctl list -d)" = "$uuid_b mtty mtty-2 manual (active)" ]' 'eventually info $uuid_b Autostart no'
check 'nodedev-destroy stops it and keeps the definition' \
    'virsh nodedev-destroy $(node $uuid_b)' \
    succeeds 'is_inactive $uuid_b' 'is_defined mtty $uuid_b' 'eventually is_listed_inactive $uuid_b'
check 'after it is started again, virsh lists it below its parent' \
    'virsh nodedev-start $(node $uuid_b); virsh nodedev-list --tree' \
    'shows mtty_mtty' 'shows $(node $uuid_b)'
check 'nodedev-undefine leaves the active device alone' \
    'virsh nodedev-undefine $(node $uuid_b)' \
    succeeds 'is_active $uuid_b mtty-2 mtty' nothing_is_defined 'eventually info $uuid_b Persistent no'

empty_the_host
check 'a device that is defined without libvirt appears in its list' \
    'mdevctl define -u $uuid_c -p mtty -t mtty-1' \
    succeeds 'eventually is_listed_inactive $uuid_c'
check 'a change of its attributes appears too' \
    'mdevctl modify -u $uuid_c --addattr power/control --value on' \
    succeeds "eventually is_described_with \$uuid_c \"<attr name='power/control' value='on'/>\""
check 'its start appears too' \
    'mdevctl start -u $uuid_c' \
    succeeds 'eventually is_listed $uuid_c'
check 'it disappears when it is stopped and undefined without libvirt' \
    'mdevctl stop -u $uuid_c; mdevctl undefine -u $uuid_c' \
    succeeds 'eventually is_unlisted $uuid_c'
for number in $(seq 101 124); do
    define_file mtty "cccccccc-0000-4000-8000-000000000$number" mtty-1 manual
done
number_inactive() { [ "$(virsh nodedev-list --cap mdev --inactive | grep -c .)" -eq "$1" ]; }
check '24 definitions that configuration management writes appear as well' \
    'mdevctl list --defined' \
    succeeds 'eventually number_inactive 24'
check 'after a restart of its daemon libvirt knows them all' \
    'systemctl restart libvirtd && virsh nodedev-list --cap mdev --inactive' \
    succeeds 'eventually number_inactive 24'

# virsh has to show an error of mdevctl in full, as mdevctl prints it when it is called directly.
says_what_mdevctl_says() {
    [ $status -ne 0 ] || return 1
    "$@" > /dev/null 2> /tmp/said < /tmp/input && return 1
    while IFS= read -r line; do grep -q -F -e "$line" /tmp/stderr || return 1; done < /tmp/said
    [ -s /tmp/said ]
}
empty_the_host
: > /tmp/input
define_file mtty $uuid_a mtty-9 manual
eventually is_listed_inactive $uuid_a
check 'virsh shows an error of mdevctl in full: an unknown type' \
    'virsh nodedev-start $(node $uuid_a)' \
    'says_what_mdevctl_says mdevctl start --uuid=$uuid_a'
define_file mtty $uuid_b mtty-1 manual '[{"power/autosuspend_delay_ms":"1"}]'
eventually is_listed_inactive $uuid_b
check 'virsh shows an error of mdevctl in full: an attribute that the kernel refuses' \
    'virsh nodedev-start $(node $uuid_b)' \
    'says_what_mdevctl_says mdevctl start --uuid=$uuid_b' 'is_inactive $uuid_b'
device_xml $uuid_c mtty-1 power/nonsense=1
echo '{"mdev_type":"mtty-1","start":"manual","attrs":[{"power/nonsense":"1"}]}' > /tmp/input
check 'virsh shows an error of mdevctl in full: an attribute that does not exist' \
    'virsh nodedev-create /tmp/device.xml' \
    'says_what_mdevctl_says mdevctl start --parent=mtty --jsonfile=/dev/stdin --uuid=$uuid_c' 'is_inactive $uuid_c'
install_script callouts refuse.sh << 'END'
[ "$4" != get ] || exit 2
echo "the licence server does not answer" >&2
exit 1
END
device_xml $uuid_c mtty-1
echo '{"mdev_type":"mtty-1","start":"manual"}' > /tmp/input
check 'virsh shows an error of mdevctl in full: a callout script that refuses' \
    'virsh nodedev-define /tmp/device.xml' \
    'complains "the licence server does not answer"' \
    'says_what_mdevctl_says mdevctl define --parent=mtty --jsonfile=/dev/stdin --uuid=$uuid_c' \
    'is_undefined mtty $uuid_c'

# One broken definition does not hide the others from libvirt.
empty_the_host
define_file mtty $uuid_a mtty-1 manual
eventually is_listed_inactive $uuid_a
echo '{' > $definitions/mtty/$uuid_b
check 'a broken definition does not hide the others' \
    'mdevctl define -u $uuid_c -p mtty -t mtty-1' \
    'eventually is_listed_inactive $uuid_c' 'is_listed_inactive $uuid_a'
