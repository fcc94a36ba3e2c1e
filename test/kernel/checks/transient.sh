# Devices that exist only in the kernel: started by parent and type, gone when stopped.
plan 10

check 'a transient device is started silently' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-2' \
    succeeds prints_nothing 'is_active $uuid_a mtty-2 mtty' 'free mtty mtty-2 11' 'free mtty mtty-1 22' \
    nothing_is_defined
check 'starting the same uuid again is refused' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-2' \
    fails 'says $uuid_a' 'is_active $uuid_a mtty-2' 'free mtty mtty-2 11'
check 'starting the same uuid with another type is refused and names the type it has' \
    'mdevctl start -u $uuid_a -p mtty -t mtty-1' \
    fails 'says mtty-2' 'is_active $uuid_a mtty-2'
check 'starting the same uuid on another parent is refused and names the parent it has' \
    'mdevctl start -u $uuid_a -p mdpy -t mdpy-vga' \
    fails 'says mtty' 'is_active $uuid_a mtty-2 mtty' 'free mdpy mdpy-vga 4'
check 'a uuid may be given in upper case and without hyphens' \
    'mdevctl start -u BBBBBBBB000040008000000000000002 -p mdpy -t mdpy-vga' \
    succeeds prints_nothing 'is_active $uuid_b mdpy-vga mdpy'
check 'a uuid may be given as a urn and stops the same device' \
    'mdevctl stop --uuid=urn:uuid:$uuid_b' \
    succeeds prints_nothing 'is_inactive $uuid_b' 'free mdpy mdpy-vga 4'
check 'without a uuid one of version 4 is generated and printed' \
    'mdevctl start -p mbochs -t mbochs-small' \
    succeeds 'grep -q -x "[0-9a-f]\{8\}-[0-9a-f]\{4\}-4[0-9a-f]\{3\}-[89ab][0-9a-f]\{3\}-[0-9a-f]\{12\}" /tmp/stdout' \
    '[ "$(wc -l < /tmp/stdout)" -eq 1 ]' 'is_active "$(cat /tmp/stdout)" mbochs-small mbochs'
check 'a stopped device is gone from the kernel' \
    'mdevctl stop -u $uuid_a' \
    succeeds prints_nothing 'is_inactive $uuid_a' 'free mtty mtty-2 12'
check 'stopping a device that is not active is an error' \
    'mdevctl stop -u $uuid_a' \
    fails 'says $uuid_a'
check 'of two starts of one uuid at the same time, one succeeds and the other fails' \
    'mdevctl start -u $uuid_c -p mtty -t mtty-1 & mdevctl start -u $uuid_c -p mtty -t mtty-1; one=$?; wait $!; other=$?' \
    '[ $((one + other)) -eq 1 ]' 'says $uuid_c' 'is_active $uuid_c mtty-1' 'free mtty mtty-1 23'
