# Whose a vGPU is: claims, definitions, and what is left of commands that were killed.
plan 17

first=$(vf $l40s 0)
second=$(vf $l40s 1)
other=$(vf $blackwell 15)

set_type $first 1155
check 'a vGPU of which there is one definition is that device' \
    'mdevctl define -u $uuid_a -p $first -t nvidia-1155 && mdevctl list' succeeds 'prints "$uuid_a $first nvidia-1155 manual (defined)"'
check 'with two definitions it could be either, and is neither' \
    'mdevctl define -u $uuid_b -p $first -t nvidia-1155 --auto; mdevctl list' 'prints "$(derived_uuid $first) $first nvidia-1155 manual"'
check 'a definition of another type is no obstacle' \
    'mdevctl undefine -u $uuid_b; mdevctl define -u $uuid_b -p $first -t nvidia-1158 2> /dev/null; mdevctl list' \
    succeeds 'prints "$uuid_a $first nvidia-1155 manual (defined)"'
check 'the device is stopped by the UUID of its definition' 'mdevctl stop -u $uuid_a' succeeds nothing_is_active

set_type $other 1526
check 'a vGPU of another program is adopted by defining it' \
    'mdevctl define -u $(derived_uuid $other) && mdevctl list' succeeds \
    'prints "$(derived_uuid $other) $other nvidia-1526 manual (defined)"' 'is_defined $other $(derived_uuid $other)'
check 'then it can be stopped and started' \
    'mdevctl stop -u $(derived_uuid $other) && mdevctl start -u $(derived_uuid $other)' \
    succeeds 'is_active $(derived_uuid $other) nvidia-1526 $other' 'is_claimed $(derived_uuid $other) $other'

empty_the_host
mdevctl define -u $uuid_a -p $first -t nvidia-1155
mdevctl start -u $uuid_b -p $first -t nvidia-1155
check 'a transient device on the VF of a definition is not that of the definition' \
    'mdevctl list' succeeds 'prints "$uuid_b $first nvidia-1155 manual"'
check 'and the definition is refused its VF' 'mdevctl start -u $uuid_a' fails 'says $uuid_b' 'is_active $uuid_b nvidia-1155 $first'

load_driver
set_type $first 1155
check 'a claim does not survive the driver' \
    'mdevctl list' succeeds 'prints "$uuid_a $first nvidia-1155 manual (defined)"'
set_type $first 0
check 'nor is it in the way' 'mdevctl start -u $uuid_c -p $first -t nvidia-1155' succeeds 'is_active $uuid_c nvidia-1155 $first' \
    '! is_claimed $uuid_b $first'
check 'a claim without a vGPU is void, and goes' \
    'set_type $first 0; mdevctl list; mdevctl start -u $uuid_d -p $second -t nvidia-1158' 'is_active $uuid_d nvidia-1158 $second' \
    '[ "$(cat /run/mdevctl/*/claims | wc -l)" -eq 1 ]'
check 'broken claims are no obstacle' \
    'printf "x\n\0\n0000 0000 0000 0000\n" > /run/mdevctl/$l40s/claims; mdevctl list && mdevctl stop -u $(derived_uuid $second)' \
    succeeds 'prints "$(derived_uuid $second) $second nvidia-1158 manual"' nothing_is_active

# A command is killed at any moment. What the driver has and what the list says must be the same, under the UUID that was
# asked for; and the next command must work. A command is killed the later, the more often that was too early for it to do
# anything, so that most are killed while the driver, which takes its time, works. On a busy machine more tries are needed.
empty_the_host
is_told_truly() {
    if has_type $first 0; then
        [ -z "$(mdevctl list 2> /dev/null)" ]
    else
        [ "$(mdevctl list)" = "$uuid_a $first nvidia-1155 manual" ]
    fi
}
kill_after() { # MILLISECONDS ARGUMENT...
    delay=$1
    shift
    mdevctl "$@" > /dev/null 2>&1 &
    pause "$delay"
    kill -9 $! && killed=$((killed + 1))
    wait $!
} 2> /dev/null
kill_many() {
    killed=0
    changed=0
    measure start -u $uuid_a -p $first -t nvidia-1155 || return 1
    to_start=$((took / 2))
    step=$((took / 8))
    measure stop -u $uuid_a || return 1
    to_stop=$((took / 2))
    try=0
    until [ $try -ge "$(tries 30)" ] && [ $killed -gt "$(tries 30)" ] && [ $changed -gt 0 ]; do
        [ $try -lt "$(tries 120)" ] || break
        try=$((try + 1))
        kill_after $to_start start -u $uuid_a -p $first -t nvidia-1155
        is_told_truly || { echo "try $try, after start: $(mdevctl list)"; return 1; }
        if has_type $first 0; then
            to_start=$((to_start + step))
            mdevctl start -u $uuid_a -p $first -t nvidia-1155 || return 1
        else
            to_start=$((to_start > step ? to_start - step : 0))
            changed=$((changed + 1))
        fi
        kill_after $to_stop stop -u $uuid_a
        is_told_truly || { echo "try $try, after stop: $(mdevctl list)"; return 1; }
        if has_type $first 0; then
            to_stop=$((to_stop > step ? to_stop - step : 0))
            changed=$((changed + 1))
        else
            to_stop=$((to_stop + step))
            mdevctl stop -u $uuid_a || return 1
        fi
    done
    echo "$killed of $((2 * try)) commands killed, $changed of all had changed something"
}
check 'a command that is killed leaves a device that is known or none, and no obstacle' \
    'knob $l40s slow_ms 20; kill_many' succeeds '[ "$killed" -gt "$(tries 30)" ]' '[ "$changed" -gt 0 ]' nothing_is_active
echo "# $(cat /tmp/stdout)"

# Several commands want the same VF; exactly one gets it, and its UUID is the one that is listed.
knob $l40s slow_ms 0
check 'of many that want one VF one gets it' \
    'for i in $(seq 8); do mdevctl start -p $first -t nvidia-1155 >> /tmp/winner 2>> /tmp/losers & done; wait' \
    succeeds '[ "$(wc -l < /tmp/winner)" -eq 1 ]' 'is_active $(cat /tmp/winner) nvidia-1155 $first' '[ "$(grep -c "^mdevctl" /tmp/losers)" -eq 7 ]'
check 'the others are told by whom it is taken' 'cat /tmp/losers' succeeds '[ "$(grep -c "$(cat /tmp/winner)" /tmp/stdout)" -eq 7 ]'
check 'of many that stop one device one does' \
    'for i in $(seq 8); do mdevctl stop -u $(cat /tmp/winner) 2>> /tmp/late && echo stopped & done; wait' \
    'prints stopped' nothing_is_active nothing_is_claimed
check 'many on two cards do not disturb each other' \
    'for i in 0 1 2 3; do mdevctl start -p $l40s -t nvidia-1155 & mdevctl start -p $blackwell -t nvidia-1519 & done; wait' \
    succeeds 'vgpus $l40s 4' 'vgpus $blackwell 4' '[ "$(mdevctl list | wc -l)" -eq 8 ]'
