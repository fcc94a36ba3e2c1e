# Bringing the host to what a file says, which mdevctl 1.4 cannot.
plan 25

# Whether a device has been there all the time, by a file that is new with it.
mark() { echo on > "$devices/$1/power/control"; }
is_untouched() { attribute "$1" power/control on; }

wants << END
  - parent: mtty
    devices:
      - {type: mtty-1, count: 3}
      - {type: mtty-2, uuid: $uuid_a, attrs: [{power/control: "on"}, {power/control: auto}]}
      - {type: mtty-2, uuid: $uuid_b, start: manual}
  - parent: mdpy
    devices:
      - {type: mdpy-xga, uuid: $uuid_c}
END
better 'a plan says what would be done, and does nothing' \
    'mdevctl plan --detailed-exitcode $wanted' 'exits 3' 'ends_with "6 to define, 5 to start."' nothing_is_active nothing_is_defined
better 'from nothing, all devices come to be' \
    'mdevctl apply $wanted' 'exits 0' 'ends_with "11 of 11 steps done."' 'free mtty mtty-1 19' 'is_active $uuid_a mtty-2 mtty' \
    'is_inactive $uuid_b' 'is_defined mtty $uuid_b' 'is_active $uuid_c mdpy-xga mdpy' '[ "$(ls $devices | wc -l)" -eq 5 ]'
before=$(mdevctl list)
better 'then there is nothing to do' \
    'mdevctl apply $wanted && mdevctl plan --detailed-exitcode $wanted' 'exits 0' 'ends_with "Nothing to do: the host is as the file says."' \
    '[ "$(mdevctl list)" = "$before" ]'
better 'what is exported needs no change' 'mdevctl export | mdevctl plan --detailed-exitcode -' 'exits 0'
better 'what is exported brings everything back' \
    'mdevctl export > /tmp/export.yaml; for uuid in $(mdevctl list | cut -d " " -f 1); do mdevctl stop $uuid && mdevctl undefine $uuid; done
    nothing_is_active && mdevctl apply /tmp/export.yaml' 'exits 0' '[ "$(mdevctl list)" = "$before" ]' is_in_sync
better 'a driver that was loaded again gets its devices back' \
    'rmmod mtty; modprobe mtty; mdevctl apply $wanted' 'exits 0' 'ends_with "4 of 4 steps done."' '[ "$(mdevctl list | wc -l)" -eq 5 ]'
[ -e /reference ] || mdevctl stop $uuid_c
better 'a parent that is not there is refused, and nothing is done' \
    'rmmod mtty; mdevctl apply $wanted' fails 'says "$wanted:3:5: there is no parent device mtty"' 'says "mbochs and mdpy"' 'is_inactive $uuid_c'
modprobe mtty
better 'the parents of a driver need not be there' \
    'printf "  - parent: {driver: i915}\n    devices: [{type: i915-GVTg_V5_4}]\n" | cat $wanted - > /tmp/more.yaml; mdevctl apply /tmp/more.yaml' \
    '[ $status -eq 0 ]' 'says "/tmp/more.yaml:11:5: no parent device of the driver i915 is on this host"' 'is_active $uuid_a mtty-2' \
    'is_active $uuid_c mdpy-xga'
better 'the state that was kept leads back' \
    'mdevctl apply --prune "$(ls /var/lib/mdevctl/*.yaml | head -n 1)"' 'exits 0' nothing_is_active nothing_is_defined

empty_the_host
wants << END
  - parent: mtty
    devices:
      - {type: mtty-1, uuid: $uuid_a}
      - {type: mtty-1, uuid: $uuid_b}
      - {type: mtty-2, uuid: $uuid_c, start: manual}
END
[ -e /reference ] || mdevctl apply $wanted > /tmp/said 2>&1
sed -i "/$uuid_b/s/}/, attrs: [{power\/control: \"on\"}]}/" $wanted
better 'a device whose attributes change is stopped and started' \
    'mdevctl apply $wanted' 'exits 0' 'ends_with "3 of 3 steps done."' 'attribute $uuid_b power/control on'
mark $uuid_a 2> /dev/null
sed -i "/$uuid_b/s/mtty-1/mtty-2/" $wanted
better 'so is one whose type changes, and no other one' \
    'mdevctl apply $wanted' 'exits 0' 'is_active $uuid_b mtty-2 mtty' 'attribute $uuid_b power/control on' 'is_untouched $uuid_a'
better 'a manual device that was started stays' \
    'mdevctl start $uuid_c; mark $uuid_c; mdevctl apply $wanted' 'exits 0' 'is_untouched $uuid_c'
[ -e /reference ] || mdevctl start -u $uuid_d -p mtty -t mtty-1
better 'a device that is active and not defined gets its definition' \
    'mark $uuid_d; echo "      - {type: mtty-1, uuid: $uuid_d}" >> $wanted; mdevctl apply $wanted' \
    'exits 0' 'is_untouched $uuid_d' 'grep -q "\"start\": \"auto\"" $definitions/mtty/$uuid_d' is_in_sync

# A process has the node of a device open, as a virtual machine has.
hold_open() {
    node=/dev/vfio/$(basename "$(readlink "$devices/$1/iommu_group")")
    # It opens the node before its name is sleep.
    sleep 1000 < /dev/null > /dev/null 2>&1 3< "$node" &
    holder=$!
    while [ "$(cat /proc/$holder/comm)" != sleep ]; do sleep 0.1; done
}
[ -e /reference ] || hold_open $uuid_a
sed -i "/$uuid_a/s/mtty-1/mtty-2/; /$uuid_b/s/mtty-2/mtty-1/" $wanted
better 'a device in use is not touched, and others are done' \
    'mdevctl apply $wanted' 'exits 4' 'shows "process $holder (sleep)"' 'is_active $uuid_a mtty-1' 'is_untouched $uuid_a' 'is_active $uuid_b mtty-1'
better 'nor is one that the file does not name' \
    'sed "/$uuid_a/d" $wanted > /tmp/less.yaml; mdevctl apply --prune /tmp/less.yaml' 'exits 4' 'shows "process $holder (sleep)"' 'is_active $uuid_a mtty-1' \
    'is_defined mtty $uuid_a'
kill "${holder-$$}" 2> /dev/null
better 'after the process, it is done' \
    'mdevctl apply $wanted' 'exits 0' 'is_active $uuid_a mtty-2' is_in_sync
better 'what the file does not name is left alone' \
    'mdevctl apply /tmp/less.yaml' 'exits 0' 'grep -q "^  $uuid_a .* left alone" /tmp/stdout' 'is_active $uuid_a mtty-2'
better 'and goes with --prune' 'mdevctl apply --prune /tmp/less.yaml' 'exits 0' 'is_inactive $uuid_a' 'is_undefined mtty $uuid_a' 'is_active $uuid_b'

empty_the_host
wants << END
  - parent: mtty
    devices:
      - {type: mtty-1, uuid: $uuid_a}
      - {type: mtty-1, uuid: $uuid_b, attrs: [{power/autosuspend_delay_ms: "5"}]}
      - {type: mtty-1, uuid: $uuid_c}
  - parent: mbochs
    devices: [{type: mbochs-large, count: 4}]
END
better 'where the kernel refuses an attribute, the device is undone, the rest of its parent is not tried, and others are done' \
    'mdevctl apply $wanted' 'exits 1' 'shows "power/autosuspend_delay_ms"' 'shows "start not tried"' 'is_active $uuid_a' 'is_inactive $uuid_b' \
    'is_inactive $uuid_c' 'free mbochs mbochs-large 0'
sed -i 's/, attrs.*}]}/}/' $wanted
better 'without it, the next time does the rest' 'mdevctl apply $wanted' 'exits 0' 'is_active $uuid_b' 'is_active $uuid_c' is_in_sync
better 'more than a parent has room for is refused as a whole' \
    'sed "s/count: 4/count: 5/; s/mtty-1/mtty-2/" $wanted > /tmp/large.yaml; mdevctl apply /tmp/large.yaml' \
    fails 'says "mbochs has no room for what is wanted"' 'is_active $uuid_a mtty-1'
better 'so is a type that it does not have' \
    'sed "s/mbochs-large/mbochs-huge/" $wanted > /tmp/other.yaml; mdevctl apply /tmp/other.yaml' \
    fails 'says "mbochs has no type '\''mbochs-huge'\''"' 'free mbochs mbochs-large 0'
better 'and a field that there is not, with its place' \
    'sed "s/count/cuont/" $wanted > /tmp/wrong.yaml; mdevctl apply /tmp/wrong.yaml' \
    is_misuse 'grep -q "/tmp/wrong.yaml:9:.*cuont" /tmp/stderr' 'says count'

install_script callouts mtty.sh << 'SCRIPT'
# Gives running devices other attributes.
while [ $# -gt 1 ]; do
    case $1 in -t) type=$2 ;; -e) event=$2 ;; -a) action=$2 ;; -u) uuid=$2 ;; esac
    shift 2
done
case $type in mtty-*) ;; *) exit 2 ;; esac
case $event/$action in
    get/capabilities)
        echo '{"supports":{"version":2,"actions":["start","stop","define","undefine","modify","attributes","capabilities"],"events":["pre","post","get","live"]}}' ;;
    get/attributes) echo "[{\"power/control\":\"$(cat "/sys/bus/mdev/devices/$uuid/power/control")\"}]" ;;
    live/modify) echo on > "/sys/bus/mdev/devices/$uuid/power/control" ;;
esac
SCRIPT
group=$(readlink "$devices/$uuid_a/iommu_group")
sed -i "/$uuid_a/s/}/, attrs: [{power\/control: \"on\"}]}/" $wanted
better 'with a script for that, attributes change while the device is there' \
    'mdevctl apply $wanted' 'exits 0' 'ends_with "1 of 1 step done."' 'shows "change"' 'attribute $uuid_a power/control on' \
    '[ "$(readlink $devices/$uuid_a/iommu_group)" = "$group" ]' 'grep -q "\"on\"" $definitions/mtty/$uuid_a' is_in_sync
install_script callouts mtty.sh << 'SCRIPT'
[ "$4/$6/${10}" != pre/start/bbbbbbbb-0000-4000-8000-000000000002 ] || { echo 'it is locked' >&2; exit 1; }
SCRIPT
better 'a script that refuses one device keeps the rest of its parent from being tried' \
    'for uuid in $uuid_a $uuid_b $uuid_c; do mdevctl stop $uuid; done; mdevctl apply $wanted' \
    '[ $status -eq 1 ]' 'says "it is locked"' 'is_active $uuid_a' 'is_inactive $uuid_b' 'is_inactive $uuid_c'
