# What the kernel does not have or has run out of: parents, types and free instances.
plan 9

check 'a parent that does not exist is refused, naming the parents that exist' \
    'mdevctl start -u $uuid_a -p 0000:00:02.0 -t mtty-1' \
    fails 'says 0000:00:02.0' 'says mbochs' 'says mdpy' 'says mtty' nothing_is_active
check 'a parent in the wrong letter case is refused and the right one suggested' \
    'mdevctl start -u $uuid_a -p MTTY -t mtty-1' \
    fails 'says MTTY' "says \"'mtty'\"" nothing_is_active
check 'a type that the parent does not have is refused, naming the types it has' \
    'mdevctl start -u $uuid_a -p mtty -t mdpy-vga' \
    fails 'says mdpy-vga' 'says mtty-1' 'says mtty-2' nothing_is_active
check 'a definition may name a parent that does not exist yet' \
    'mdevctl define -u $uuid_b -p later -t later-1' \
    succeeds 'is_defined later $uuid_b'
check 'starting a definition whose parent does not exist is refused' \
    'mdevctl start -u $uuid_b' \
    fails 'says later' nothing_is_active
check 'four large mbochs fit, and each start prints only its uuid' \
    'for i in 1 2 3 4; do mdevctl start -p mbochs -t mbochs-large || break; done' \
    succeeds '[ "$(wc -l < /tmp/stdout)" -eq 4 ]' 'free mbochs mbochs-large 0' '[ "$(ls $devices | wc -l)" -eq 4 ]'
large=$(head -n 1 /tmp/stdout)
check 'the fifth is refused, saying that no mbochs-large is free and that 4 are active' \
    'mdevctl start -u $uuid_a -p mbochs -t mbochs-large' \
    fails 'says "4 of mbochs-large"' 'is_inactive $uuid_a'
check 'types that share the memory run out with it' \
    'mdevctl start -u $uuid_a -p mbochs -t mbochs-small' \
    fails 'says mbochs-small' 'is_inactive $uuid_a'
check 'after one large mbochs is stopped the small one fits' \
    'mdevctl stop -u $large && mdevctl start -u $uuid_a -p mbochs -t mbochs-small' \
    succeeds 'is_active $uuid_a mbochs-small' 'free mbochs mbochs-large 0' 'free mbochs mbochs-small 15'
