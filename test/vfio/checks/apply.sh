# Bringing the host to what a file says.
plan 37

first=$(vf $l40s 0)
second=$(vf $l40s 1)
third=$(vf $l40s 2)

wants << END
  - card: $l40s
    devices:
      - {type: L40S-6Q, count: 8}
END
check 'a plan of eight devices says so, and does nothing' \
    'mdevctl plan --detailed-exitcode $wanted' \
    'exits 3' 'ends_with "8 to define, 8 to start."' nothing_is_active nothing_is_defined '[ ! -e /var/lib/mdevctl ]'
check 'from nothing, eight devices come to be' \
    'mdevctl apply $wanted' \
    'exits 0' 'ends_with "16 of 16 steps done."' 'vgpus $l40s 8' 'vgpus $blackwell 0' \
    '[ "$(mdevctl list | grep -c " nvidia-1154 auto (defined)$")" -eq 8 ]' '[ "$(cat /run/mdevctl/*/claims | wc -l)" -eq 8 ]'
before=$(mdevctl list)
check 'then there is nothing to plan' \
    'mdevctl plan --detailed-exitcode $wanted' 'exits 0' 'prints "Nothing to do: the host is as the file says."'
check 'and nothing to do' \
    'mdevctl apply $wanted' 'exits 0' 'prints "Nothing to do: the host is as the file says."' '[ "$(mdevctl list)" = "$before" ]' \
    '[ "$(ls /var/lib/mdevctl | wc -l)" -eq 1 ]'
check 'what is exported needs no change' \
    'mdevctl export > /tmp/export.yaml && mdevctl plan --detailed-exitcode /tmp/export.yaml' 'exits 0' 'ends_with "Nothing to do: the host is as the file says."'
check 'what is exported brings everything back' \
    'for uuid in $(mdevctl list | cut -d " " -f 1); do mdevctl stop $uuid && mdevctl undefine $uuid; done
    nothing_is_active && nothing_is_defined && mdevctl apply /tmp/export.yaml' \
    'exits 0' '[ "$(mdevctl list)" = "$before" ]'
check 'the state that was kept leads back to nothing' \
    'mdevctl apply --prune "$(ls /var/lib/mdevctl/*.yaml | head -n 1)"' 'exits 0' nothing_is_active nothing_is_defined
check 'and the one after it forth again' \
    'mdevctl apply "$(ls /var/lib/mdevctl/*.yaml | tail -n 1)"' 'exits 0' '[ "$(mdevctl list)" = "$before" ]'

empty_the_host
wants << END
  - card: $l40s
    devices:
      - {type: L40S-8Q, uuid: $uuid_a, vf: 0}
      - {type: L40S-8Q, uuid: $uuid_b, vf: 1, attrs: [{nvidia/placement_id: "8"}]}
      - {type: 1155, uuid: $uuid_c, vf: 2, start: manual}
END
check 'a manual device is defined and not started' \
    'mdevctl apply $wanted' 'exits 0' 'is_active $uuid_a nvidia-1155 $first' 'is_active $uuid_b nvidia-1155 $second' \
    'is_inactive $uuid_c' 'is_defined $third $uuid_c' 'has $second placement_id 8'
check 'and left alone when it has been started' \
    'mdevctl start $uuid_c && mark $first && mark $third && mdevctl apply $wanted' \
    'exits 0' 'prints "Nothing to do: the host is as the file says."' 'is_untouched $third'
sed -i "/$uuid_b/s/8Q/8A/" $wanted
check 'a device whose type changes is stopped and started, and no other one' \
    'mdevctl apply $wanted' \
    'exits 0' 'ends_with "3 of 3 steps done."' 'is_active $uuid_b nvidia-1167 $second' 'is_untouched $first' 'is_untouched $third'
sed -i "/$uuid_b/s/\"8\"/\"40\"/" $wanted
check 'so is one whose attribute changes' \
    'mdevctl apply $wanted' \
    'exits 0' 'ends_with "3 of 3 steps done."' 'is_active $uuid_b nvidia-1167 $second' 'has $second placement_id 40' 'is_untouched $first'
sed -i "s/, attrs.*}]}/}/; s/8[QA]/24Q/; s/1155/1158/; /$uuid_c/s/, start: manual/, active: false/" $wanted
check 'a card with vGPUs tells nothing of types of other sizes, which is an obstacle' \
    'mdevctl apply $wanted' 'exits 4' 'shows "$l40s does not offer that type"' 'ends_with "Nothing can be done now: 3 blocked."' \
    'is_untouched $first' 'is_untouched $third'
install_nvidia_smi
check 'where nvidia-smi tells of them, all vGPUs go before the first one comes' \
    'mdevctl apply $wanted' \
    'exits 0' 'is_active $uuid_a nvidia-1158 $first' 'is_active $uuid_b nvidia-1158 $second' 'is_inactive $uuid_c' \
    'grep -q "\"nvidia-1158\"" $definitions/$third/$uuid_c'
check 'what cannot fit is refused as a whole, with the arithmetic' \
    'sed s/false/true/ $wanted > /tmp/large.yaml; mdevctl apply /tmp/large.yaml' \
    fails 'says "/tmp/large.yaml:"' 'says "$l40s has no room"' 'says "3 of L40S-24Q take 72 of 48 GiB"' 'vgpus $l40s 2'

empty_the_host
wants << END
  - card: $l40s
    devices:
      - {type: L40S-8Q, uuid: $uuid_a, vf: 0}
      - {type: L40S-8Q, uuid: $uuid_b, vf: 1}
END
mdevctl apply $wanted > /dev/null 2>&1
mark $first
holder=$(hold device $first)
sed -i 's/8Q/8A/' $wanted
echo "      - {type: L40S-8A, uuid: $uuid_d}" >> $wanted
check 'a device in use is not touched, the others are done' \
    'mdevctl apply $wanted' \
    'exits 4' 'shows "process $holder (hold)"' 'ends_with "5 of 5 steps done, 1 blocked."' 'is_active $uuid_a nvidia-1155 $first' \
    'is_untouched $first' 'is_active $uuid_b nvidia-1167 $second' 'is_active $uuid_d nvidia-1167 $third' \
    'grep -q "\"nvidia-1155\"" $definitions/$first/$uuid_a'
check 'it stays blocked' \
    'mdevctl plan --detailed-exitcode $wanted' 'exits 4' 'ends_with "Nothing can be done now: 1 blocked."' 'shows $uuid_a'
check 'the JSON says by whom' \
    'mdevctl plan --json $wanted | tr -d " \n"' 'exits 0' 'shows "\"in_sync\":false"' 'shows "\"code\":\"in-use\""' 'shows "\"pid\":$holder"'
end "$holder"
check 'after the process it is done' \
    'mdevctl apply $wanted' 'exits 0' 'is_active $uuid_a nvidia-1167 $first' is_in_sync

holder=$(hold group $second)
wants << END
  - card: $l40s
    devices: [{type: L40S-8A, uuid: $uuid_a}]
END
check 'what the file does not name is shown and left alone' \
    'mdevctl apply $wanted' 'exits 0' 'grep -q "^  $uuid_b .* left alone" /tmp/stdout' 'shows "--prune"' 'vgpus $l40s 3'
check 'with --prune it goes, unless it is in use' \
    'mdevctl apply --prune $wanted' 'exits 4' 'shows "process $holder (hold)"' 'vgpus $l40s 2' 'is_active $uuid_b nvidia-1167 $second' \
    'is_defined $second $uuid_b' 'is_inactive $uuid_d' 'is_undefined $third $uuid_d'
end "$holder"
check 'then it goes, too' \
    'mdevctl apply --prune $wanted' 'exits 0' 'vgpus $l40s 1' 'is_active $uuid_a nvidia-1167 $first' 'is_undefined $second $uuid_b'

empty_the_host
install_nvidia_smi
for number in 0 1 2 3 4 5; do set_type "$(vf $l40s $number)" 1167; done
wants << END
  - card: $l40s
    devices: [{type: L40S-8Q, count: 2}]
  - card: $blackwell
    devices: [{type: RTX Pro 4500 Blackwell DC-6Q}]
END
check 'a card that is full of vGPUs of another program is left as it is, and the others are done' \
    'mdevctl apply $wanted' \
    'exits 4' 'shows "$l40s has no room for it now; 6 active devices there are not in the file"' 'vgpus $l40s 6' 'vgpus $blackwell 1'
set_type $first 0
check 'where there is room, as much is done as fits' \
    'mdevctl apply $wanted' 'exits 4' 'shows "2 of 2 steps done, 1 blocked."' 'vgpus $l40s 6' 'has_type $first 1155'
set_type $second 0
set_type $second 1155
mark $second
check 'a vGPU of another program that is as wanted becomes that device' \
    'mdevctl apply $wanted' 'exits 0' 'shows "1 of 1 step done."' 'is_untouched $second' \
    'is_active $(derived_uuid $second) nvidia-1155 $second' 'is_defined $second $(derived_uuid $second)' is_in_sync
check 'with --prune, the others go' 'mdevctl apply --prune $wanted' 'exits 0' 'vgpus $l40s 2' 'is_untouched $second' is_in_sync

empty_the_host
wants << END
  - card: $l40s
    devices: [{type: L40S-8Q, count: 4}]
  - card: $blackwell
    devices: [{type: RTX Pro 4500 Blackwell DC-6Q, count: 2}]
END
knob $l40s refuse_after 2
knob $l40s refuse 1
check 'where the driver refuses a device, the rest of its card is not tried, and the other card is done' \
    'mdevctl apply $wanted' \
    'exits 1' 'ends_with "10 of 12 steps done, 1 failed, 1 not tried."' 'shows "refuses nvidia-1155"' 'shows "start not tried"' \
    'vgpus $l40s 2' 'vgpus $blackwell 2' '[ "$(mdevctl list | wc -l)" -eq 4 ]' '! is_claimed "[^ ]*" $third'
check 'again, the two that are missing are done' \
    'mdevctl apply $wanted' 'exits 0' 'ends_with "2 of 2 steps done."' 'vgpus $l40s 4' is_in_sync

# The driver takes its time, so that there is some for signals.
interrupt() { # SIGNAL FILE
    mdevctl apply "$2" 2> /tmp/said &
    applying=$!
    eventually vgpus_at_least $l40s 3
    kill "-$1" $applying
    wait $applying
} 2> /dev/null
vgpus_at_least() { [ "$(cat "$pci/$1"/virtfn*/nvidia/current_vgpu_type | grep -c -v -x 0)" -ge "$2" ]; }
empty_the_host
wants << END
  - card: $l40s
    devices: [{type: L40S-6Q, count: 8}]
END
knob $l40s slow_ms 1000
check 'a signal ends it between two devices, and it says what is done and what is not' \
    'interrupt TERM $wanted' \
    '[ $status -eq 143 ]' '[ ! -s /tmp/said ]' 'shows "start not tried"' 'grep -q "^[0-9]* of 16 steps done, [0-9]* not tried\.$" /tmp/stdout' \
    'active=$(grep -c "^+ .*define, start" /tmp/stdout); [ "$active" -ge 3 ] && [ "$active" -lt 8 ] && vgpus $l40s "$active"' \
    '[ "$(mdevctl list | grep -c "(defined)$")" -eq "$active" ]' '[ "$(cat /run/mdevctl/*/claims | wc -l)" -eq "$active" ]'
check 'the next one goes on where it ended' \
    'knob $l40s slow_ms 0; mdevctl apply $wanted' 'exits 0' 'ends_with "$((8 - active)) of $((8 - active)) steps done."' \
    'vgpus $l40s 8' '[ "$(mdevctl list -d | wc -l)" -eq 8 ]'
empty_the_host
knob $l40s slow_ms 300
check 'after one that was killed as well' \
    'interrupt KILL $wanted > /dev/null; knob $l40s slow_ms 0; mdevctl apply $wanted' \
    'exits 0' 'vgpus $l40s 8' '[ "$(mdevctl list | grep -c "(defined)$")" -eq 8 ]' '[ "$(mdevctl list -d | wc -l)" -eq 8 ]' is_in_sync

empty_the_host
check 'of several at once one does everything' \
    'for i in 1 2 3 4; do mdevctl apply $wanted >> /tmp/applied & done; wait' \
    succeeds 'vgpus $l40s 8' '[ "$(mdevctl list -d | wc -l)" -eq 8 ]' '[ "$(grep -c "^16 of 16" /tmp/applied)" -eq 1 ]' \
    '[ "$(grep -c "^Nothing to do" /tmp/applied)" -eq 3 ]'
empty_the_host
knob $l40s slow_ms 50
check 'devices that others start meanwhile stay' \
    'for i in 1 2 3; do mdevctl start -p $l40s -t L40S-6Q >> /tmp/others 2> /dev/null & done; mdevctl apply $wanted; wait' \
    '[ "$(mdevctl list | grep -c -f /tmp/others)" -eq "$(wc -l < /tmp/others)" ]' \
    '[ "$(cat /run/mdevctl/*/claims | wc -l)" -eq "$(mdevctl list | wc -l)" ]'
check 'and take the places of devices that are wanted' \
    'knob $l40s slow_ms 0; mdevctl apply --prune $wanted' \
    'exits 0' 'vgpus $l40s 8' '[ "$(mdevctl list -d | wc -l)" -eq 8 ]' '[ "$(mdevctl list | grep -c -f /tmp/others)" -eq "$(wc -l < /tmp/others)" ]' is_in_sync

empty_the_host
wants << END
  - card: {id: "10de:26b9"}
    devices: [{type: L40S-8Q, uuid: $uuid_a, vf: 1}]
  - card: {id: "10de:ffff"}
    devices: [{type: L40S-8Q}]
END
check 'a card can be named by its PCI id; where there is none, that is a warning' \
    'mdevctl apply $wanted' '[ $status -eq 0 ]' 'says "10de:ffff"' 'is_active $uuid_a nvidia-1155 $second'
sed -i 's/vf: 1/vf: 2/' $wanted
check 'a device moves to another VF' \
    'mdevctl apply $wanted' '[ $status -eq 0 ]' 'is_active $uuid_a nvidia-1155 $third' 'is_undefined $second $uuid_a'

# Files at random, one after the other, while a VM has one of the devices.
pick() { shift $((RANDOM % $#)); echo "$1"; }
write_group() { # CARD MEMORY PREFIX SIZE
    most=$(($2 / $4 < 16 ? $2 / $4 : 16))
    count=$((RANDOM % (most + 1)))
    half=$((count / 2))
    echo "  - card: $1"
    echo "    devices:"
    [ $half -eq 0 ] || echo "      - {type: $3-${4}Q, count: $half, attrs: [{nvidia/vgpu_params: $(pick a=1 a=2)}]}"
    [ $count -eq $half ] || echo "      - {type: $3-${4}Q, count: $((count - half))}"
    [ $count -ne 0 ] || echo "      []"
    echo $count > "/tmp/count.$1"
}
explain() { echo "try $try, $1:"; cat $wanted /tmp/one /tmp/two; mdevctl list; return 1; }
follow_files() {
    touches=0
    for try in $(seq 12); do
        : > /tmp/two
        { write_group $l40s 48 L40S "$(pick 2 4 6 8 12 24)"; write_group $blackwell 24 "RTX Pro 4500 Blackwell DC" "$(pick 3 6 12 24)"; } | wants
        used=$(mdevctl list | shuf -n 1 | cut -d ' ' -f 2)
        if [ -n "$used" ]; then
            mark "$used"
            holder=$(hold device "$used")
        fi
        mdevctl apply --prune $wanted > /tmp/one 2>&1
        result=$?
        if [ -n "$used" ]; then
            is_untouched "$used" || explain 'a device in use was touched' || return
            end "$holder"
        fi
        case $result in 0) ;; 4) touches=$((touches + 1)) ;; *) explain "exit status $result" || return ;; esac
        mdevctl apply --prune $wanted > /tmp/two 2>&1 || explain 'then it fails' || return
        vgpus $l40s "$(cat /tmp/count.$l40s)" && vgpus $blackwell "$(cat /tmp/count.$blackwell)" && is_in_sync || explain 'the host is otherwise' || return
    done
}
empty_the_host
install_nvidia_smi
check 'whatever files say, they are followed, and no device in use is touched' follow_files succeeds '[ "$touches" -gt 0 ]'
