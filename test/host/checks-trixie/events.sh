# How real udev handles the events of many parents with nothing to start; terminals stand for the parents, by their
# names. The number is that of the processes of the whole guest, less those of the same events without definitions.
plan 1

empty_the_host
systemctl --quiet stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
processes() { awk '$1 == "processes" { print $2 }' /proc/stat; }
microseconds() { awk '$1 == "usage_usec" { print $2 }' /sys/fs/cgroup/system.slice/systemd-udevd.service/cpu.stat; }
events() {
    for _ in 1 2 3 4; do
        udevadm trigger --settle --action=add --subsystem-match=tty --sysname-match='tty[0-9]*'
    done
}
# Sets the variables count and milliseconds.
measure() {
    udevadm settle
    count=$(processes)
    milliseconds=$(microseconds)
    events
    count=$(($(processes) - count))
    milliseconds=$((($(microseconds) - milliseconds) / 1000))
}

measure
bare_count=$count
bare_milliseconds=$milliseconds
for terminal in /sys/class/tty/tty[0-9]*; do
    define_file "$(basename "$terminal")" $uuid_a mtty-1 manual
done
number=$((4 * $(ls -d /sys/class/tty/tty[0-9]* | wc -l)))
check 'a parent with nothing to start costs udev one process' \
    'measure' \
    '[ $((count - bare_count)) -le $((number + number / 10)) ]'
echo "# $number events of parents with nothing to start: $((count - bare_count)) processes," \
    "$((milliseconds - bare_milliseconds)) ms of processor time of udev's"
rm -r $definitions/tty*
systemctl --quiet start libvirtd.socket libvirtd.service
