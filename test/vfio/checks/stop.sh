# Stopping: ours, those of others, and those that a VM has.
plan 15

first=$(vf $l40s 0)
second=$(vf $l40s 1)
other=$(vf $blackwell 15)
cp /usr/bin/hold /tmp/qemu-system-x86_64

mdevctl start -u $uuid_a -p $first -t nvidia-1155
check 'a device is stopped' 'mdevctl stop -u $uuid_a' succeeds prints_nothing nothing_is_active nothing_is_claimed
check 'once' 'mdevctl stop -u $uuid_a' fails 'says $uuid_a' 'says "not active"'
set_type $other 1519
check 'a vGPU of another program has a UUID of its address' 'mdevctl list' succeeds \
    'prints "$(derived_uuid $other) $other nvidia-1519 manual"' 'prints "6d646576-6374-8000-8000-000000000210 $other nvidia-1519 manual"'
check 'and can be stopped' 'mdevctl stop -u $(derived_uuid $other)' succeeds nothing_is_active

mdevctl start -u $uuid_a -p $first -t nvidia-1155
set_type $first 0
set_type $first 1158
check 'a device whose VF another program has given another type is not active any more' \
    'mdevctl stop -u $uuid_a' fails 'says $uuid_a' 'has_type $first 1158'
check 'what is there is the other program'"'"'s' 'mdevctl list' succeeds 'prints "$(derived_uuid $first) $first nvidia-1158 manual"'

# While a script delays the stop, the VF gets another owner.
empty_the_host
mdevctl start -u $uuid_a -p $first -t nvidia-1155
install_script callouts slow.sh << 'END'
cat > /dev/null
case "$*" in *'-e pre -a stop'*) ;; *) exit 2 ;; esac
touch /tmp/stopping
while [ -e /tmp/stopping ]; do sleep 0.1; done
END
check 'a stop that is late does not hit the next owner' \
    'mdevctl stop -u $uuid_a & stopping=$!
    eventually test -e /tmp/stopping; mv $scripts/callouts/slow.sh /tmp/
    set_type $first 0; mdevctl start -u $uuid_b -p $first -t nvidia-1155; rm /tmp/stopping; wait $stopping' \
    fails 'says $uuid_b' 'is_active $uuid_b nvidia-1155 $first'

empty_the_host
mdevctl start -u $uuid_a -p $first -t nvidia-1155
holder=$(/tmp/qemu-system-x86_64 device $first -name guest=web,debug-threads=on -uuid $uuid_d)
check 'a device that a VM has is not stopped, and the VM is named' \
    'mdevctl stop -u $uuid_a' fails "says 'process $holder (qemu-system-x86_64, VM '\\''web'\\'')'" 'is_active $uuid_a nvidia-1155 $first'
check 'nor by force, because the driver does not do it' \
    'mdevctl stop -u $uuid_a --force' '[ $status -eq 1 ]' 'says $holder' 'says "operation not permitted"' 'is_active $uuid_a nvidia-1155 $first'
check 'a VM that ends meanwhile is waited for' \
    'mdevctl stop -u $uuid_a --force & eventually test -s /tmp/stderr; end $holder; wait $!' \
    succeeds_with_warning nothing_is_active
mdevctl start -u $uuid_a -p $first -t nvidia-1155
holder=$(hold group $first)
check 'a device of which a process has only the node of the group is in use, too' \
    'mdevctl stop -u $uuid_a' fails 'says "process $holder (hold)"' 'is_active $uuid_a nvidia-1155 $first'
check 'but can be stopped by force' 'mdevctl stop -u $uuid_a --force' succeeds_with_warning 'says $holder' nothing_is_active
end $holder
mdevctl start -u $uuid_a -p $first -t nvidia-1155
mdevctl start -u $uuid_b -p $second -t nvidia-1155
holder=$(hold device $first)
check 'others on the card can be stopped' 'mdevctl stop -u $uuid_b' succeeds 'is_active $uuid_a nvidia-1155 $first' 'has_type $second 0'
end $holder
check 'after the VM, the device can be stopped' 'mdevctl stop -u $uuid_a' succeeds nothing_is_active

# A VM that starts while its device is being stopped: either has it. The VM starts the later, the more often it was first, so
# that most tries are near the moment that decides. On a busy machine more tries are needed.
race() {
    set_type $first 1155
    measure stop -u "$(derived_uuid $first)" || return 1
    held=0
    stopped=0
    delay=$((took / 2))
    step=$((took / 8))
    try=0
    until [ $try -ge "$(tries 50)" ] && [ $held -gt 0 ] && [ $stopped -gt 0 ]; do
        [ $try -lt "$(tries 200)" ] || break
        try=$((try + 1))
        has_type $first 1155 || set_type $first 1155
        { pause $delay; hold device $first > /tmp/holder 2> /dev/null; } &
        if mdevctl stop -u "$(derived_uuid $first)" 2> /dev/null; then stop=done; else stop=refused; fi
        wait $!
        holder=$(cat /tmp/holder)
        case $stop,$holder in
            done,) has_type $first 0 && stopped=$((stopped + 1)) || return 1; delay=$((delay > step ? delay - step : 0)) ;;
            refused,?*) has_type $first 1155 && held=$((held + 1)) || return 1; delay=$((delay + step)) ;;
            *) echo "try $try: the stop was $stop, the holder is '$holder'"; return 1 ;;
        esac
        [ -z "$holder" ] || end "$holder"
    done
    echo "$held held, $stopped stopped"
}
check 'a device is never stopped while a VM has it' race succeeds '[ "$held" -gt 0 ]' '[ "$stopped" -gt 0 ]'
echo "# $(cat /tmp/stdout)"
