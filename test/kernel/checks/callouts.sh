# Scripts that vendors install: with capabilities, older ones without, and notifiers. Each records how it was called.
plan 12

calls=/tmp/calls
: > $calls

install_script callouts mtty.sh << 'SCRIPT'
# For every mtty; reports capabilities. Refuses if /tmp/refuse exists; answers for attributes and makes live updates.
while [ $# -gt 1 ]; do
    case $1 in -t) type=$2 ;; -e) event=$2 ;; -a) action=$2 ;; -s) state=$2 ;; -u) uuid=$2 ;; -p) parent=$2 ;; esac
    shift 2
done
case $type in mtty-*) ;; *) exit 2 ;; esac
case $event/$action in
    get/capabilities)
        echo '{"supports":{"version":2,"actions":["start","stop","define","undefine","modify","attributes","capabilities"],"events":["pre","post","get","live"]}}'
        exit 0 ;;
    get/attributes) echo "[{\"power/control\":\"$(cat "/sys/bus/mdev/devices/$uuid/power/control")\"}]"; exit 0 ;;
    live/modify) echo on > "/sys/bus/mdev/devices/$uuid/power/control" ;;
esac
echo "$event $action $state $uuid $parent $type $(cat)" >> /tmp/calls
if [ "$event" = pre ] && [ -e /tmp/refuse ]; then
    echo 'the serial card is in use' >&2
    exit 1
fi
SCRIPT
install_script callouts older.sh << 'SCRIPT'
# Only for mdpy, from before there were capabilities.
[ "$4" != get ] || exit 1
case $2 in mdpy-*) ;; *) exit 2 ;; esac
echo "older $4 $6 $8" >> /tmp/calls
SCRIPT
install_script notifiers log.sh << 'SCRIPT'
echo "notified $4 $6 $8 ${10} ${12}" >> /tmp/calls
SCRIPT

# The calls since the last time, one a line.
calls_are() { [ "$(cat $calls)" = "$1" ]; }

configuration='{"mdev_type":"mtty-1","start":"manual","attrs":[]}'

check 'a start runs pre, the kernel, post with the state success, and the notifier' \
    ': > $calls; mdevctl start -u $uuid_a -p mtty -t mtty-1' \
    succeeds prints_nothing 'is_active $uuid_a' \
    'calls_are "pre start none $uuid_a mtty mtty-1 $configuration
post start success $uuid_a mtty mtty-1 $configuration
notified notify start success $uuid_a mtty"'
check 'list -v shows the attributes that the script reads from the device' \
    'mdevctl list -v' \
    succeeds "prints '$uuid_a mtty mtty-1 manual
  Attrs:
    @{0}: {\"power/control\":\"auto\"}'"
check 'defining a running device stores the attributes that the script reads' \
    'echo on > $devices/$uuid_a/power/control; mdevctl define -u $uuid_a' \
    succeeds 'grep -q "\"power/control\": \"on\"" $definitions/mtty/$uuid_a'
check 'a stop runs pre, the kernel, post and the notifier' \
    ': > $calls; mdevctl stop -u $uuid_a' \
    succeeds 'is_inactive $uuid_a' '[ "$(cut -d " " -f 1-3 $calls)" = "pre stop none
post stop success
notified notify stop" ]'
touch /tmp/refuse
check 'a script that refuses keeps the device from starting and its reason is passed on' \
    ': > $calls; mdevctl start -u $uuid_b -p mtty -t mtty-1' \
    '[ $status -eq 1 ]' prints_nothing 'says "mtty.sh: the serial card is in use"' 'grep -q "^mdevctl: " /tmp/stderr || [ -e /reference ]' \
    'is_inactive $uuid_b' 'calls_are "pre start none $uuid_b mtty mtty-1 $configuration
notified notify start none $uuid_b mtty"'
check 'with --force the device starts anyway, with a warning' \
    ': > $calls; mdevctl start --force -u $uuid_b -p mtty -t mtty-1' \
    succeeds_with_warning prints_nothing 'is_active $uuid_b' 'grep -q "^post start success $uuid_b" $calls'
rm /tmp/refuse
check 'when the kernel refuses, post and the notifier are told of the failure' \
    ': > $calls; mdevctl start -u $uuid_b -p mtty -t mtty-1; one=$?; echo "{\"mdev_type\":\"mtty-1\",\"start\":\"manual\",\"attrs\":[{\"nothing\":\"1\"}]}" | mdevctl start -u $uuid_c -p mtty --jsonfile /dev/stdin' \
    '[ $one -eq 1 ]' '[ $status -eq 1 ]' 'is_inactive $uuid_c' \
    'grep -q "^post start failure $uuid_c" $calls' 'grep -q "^notified notify start failure $uuid_c" $calls'
check 'a live update changes the running device and not the definition' \
    'echo auto > $devices/$uuid_b/power/control; define_file mtty $uuid_b mtty-1 manual; cp $definitions/mtty/$uuid_b /tmp/before
     echo "{\"mdev_type\":\"mtty-1\",\"start\":\"manual\",\"attrs\":[{\"power/control\":\"on\"}]}" | mdevctl modify -u $uuid_b --live --jsonfile /dev/stdin' \
    succeeds 'attribute $uuid_b power/control on' 'cmp -s /tmp/before $definitions/mtty/$uuid_b'
check 'a live update with --defined changes the definition too' \
    'echo auto > $devices/$uuid_b/power/control
     echo "{\"mdev_type\":\"mtty-1\",\"start\":\"auto\",\"attrs\":[{\"power/control\":\"on\"}]}" | mdevctl modify -u $uuid_b --parent=mtty --live --defined --jsonfile=/dev/stdin' \
    succeeds 'attribute $uuid_b power/control on' 'grep -q "\"start\": \"auto\"" $definitions/mtty/$uuid_b'
check 'an older script for the type is called, and told the result' \
    ': > $calls; mdevctl start -u $uuid_d -p mdpy -t mdpy-vga' \
    succeeds 'is_active $uuid_d' 'calls_are "older pre start none
older post start success
notified notify start success $uuid_d mdpy"'
define_file mtty $uuid_a mtty-1 auto
check 'automatic starts go through the scripts too' \
    ': > $calls; mdevctl start-parent-mdevs mtty' \
    'is_active $uuid_a' 'grep -q "^pre start none $uuid_a" $calls' 'grep -q "^post start success $uuid_a" $calls'
install_script callouts aa-killed.sh << 'SCRIPT'
kill -9 $$
SCRIPT
better 'a script that is killed has not agreed' \
    'mdevctl stop -u $uuid_d' \
    '[ $status -eq 1 ]' 'is_active $uuid_d'
