# Keeping the host as the files of a directory say, which mdevctl 1.4 cannot.
plan 8

is_loaded() { [ -e "/sys/class/mdev_bus/$1" ]; }
said() { grep -q -F -e "$1" /tmp/watched; }
# As Kubernetes replaces the files of a ConfigMap: the directory's entries are links through one that is replaced.
publish() {
    version=$(mktemp -d /tmp/state/..XXXXXX)
    cp $wanted "$version/host.yaml"
    ln -s "$(basename "$version")" /tmp/state/..new
    mv -T /tmp/state/..new /tmp/state/..data
    ln -sf ..data/host.yaml /tmp/state/host.yaml
}

mkdir /tmp/state
wants << END
  - parent: mtty
    devices: [{type: mtty-1, uuid: $uuid_a}]
END
publish
if [ ! -e /reference ]; then
    mdevctl apply --watch --interval 3600 --prune /tmp/state > /tmp/watched 2>&1 &
    watching=$!
fi
better 'what the directory says is done' : 'eventually is_active $uuid_a mtty-1'
wants << END
  - parent: mtty
    devices: [{type: mtty-2, uuid: $uuid_a}, {type: mtty-1, uuid: $uuid_b}]
END
better 'and what it says when it changes' publish 'eventually said "stop, modify, start"' 'is_active $uuid_a mtty-2' 'is_active $uuid_b mtty-1'
better 'a driver that is loaded again gets its devices back' \
    'rmmod mtty; eventually said "there is no parent device mtty"; modprobe mtty' \
    'eventually said "start: it is not active"' 'is_active $uuid_a mtty-2' 'is_active $uuid_b mtty-1'
better 'a mistake in a file is told, and changes nothing' \
    'echo "  - nothing" >> $wanted; publish; eventually said "host.yaml:5:5"' '[ $status -eq 0 ]' 'is_active $uuid_a mtty-2' 'is_active $uuid_b mtty-1'
wants << END
  - parent: mtty
    devices: [{type: mtty-2, uuid: $uuid_a}]
END
better 'when it is mended, that is done' publish 'eventually is_inactive $uuid_b' 'is_active $uuid_a mtty-2'
better 'what is as it should be is not told again' 'sleep 2; cp /tmp/watched /tmp/before; sleep 3' 'cmp -s /tmp/before /tmp/watched' '[ -s /tmp/watched ]'
better 'SIGTERM ends it' 'kill $watching; wait $watching' 'exits 0' 'is_active $uuid_a mtty-2'
better 'it has told each step once' 'cat /tmp/watched' \
    '[ "$(grep -c "$uuid_a .*start" /tmp/stdout)" -eq 3 ]' '[ "$(grep -c "$uuid_b .*stop" /tmp/stdout)" -eq 1 ]'
