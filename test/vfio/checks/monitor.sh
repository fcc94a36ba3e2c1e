# What monitor says of vGPUs, virtual functions and their driver.
plan 6

first=$(vf $l40s 0)
second=$(vf $l40s 1)

mdevctl start -u $uuid_a -p $first -t nvidia-1155
check 'what is there comes first' start_monitor is_told_truly 'happened_times 1 present' 'happened_times 32 parent-present'
check 'what mdevctl does is noticed at once' \
    'mdevctl define -u $uuid_b -p $second -t nvidia-1155; mdevctl start -u $uuid_b; mdevctl stop -u $uuid_a; eventually happened stopped' \
    'happened_times 1 started $uuid_b' 'happened_times 1 stopped $uuid_a' 'happened_times 1 defined' is_told_truly
check 'a driver that is loaded again takes its devices along' \
    'load_driver; eventually happened_times 32 parent-added' 'happened_times 32 parent-removed' \
    'eventually happened_times 1 stopped $uuid_b' is_told_once 'eventually is_told_truly'
check 'a signal ends it' 'kill $monitor; wait $monitor 2> /dev/null; ended=$?; cat /tmp/monitor_errors' '[ $ended -eq 143 ]'

watch_closely() {
    mdevctl monitor --json --interval 1 > /tmp/events &
    monitor=$!
    eventually happened ready
}
check 'a vGPU of another program is noticed by a look' \
    'watch_closely; set_type $first 1155; eventually happened started; set_type $first 0; eventually happened stopped' \
    'happened_times 1 started $(derived_uuid $first)' 'happened_times 1 stopped $(derived_uuid $first)' is_told_truly
check 'forty changes in a burst are told truly' \
    'for round in 1 2 3 4 5; do for at in 2 3 4 5; do vf=$(vf $l40s $at); mdevctl start -u $uuid_c -p $vf -t nvidia-1155; mdevctl stop -u $uuid_c; done; done; eventually is_told_truly' \
    succeeds is_told_once
kill $monitor
