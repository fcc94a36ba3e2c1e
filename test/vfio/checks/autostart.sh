# Automatic start of all that belongs to a card.
plan 6

first=$(vf $l40s 0)
second=$(vf $l40s 1)
third=$(vf $l40s 2)

# The files of one VF never come. That is waited for long, so it begins here.
$sriov_manage -d $blackwell
knob $blackwell without_files 0
$sriov_manage -e $blackwell
mdevctl define -u $uuid_d -p $(vf $blackwell 0) -t nvidia-1519 --auto > /dev/null 2>&1
mdevctl define -p $(vf $blackwell 1) -t nvidia-1519 --auto > /dev/null 2>&1
{ mdevctl start-parent-mdevs $blackwell > /tmp/waiting 2>&1; echo $? > /tmp/waited; } &

mdevctl define -u $uuid_a -p $first -t nvidia-1155 --auto
mdevctl define -u $uuid_b -p $second -t nvidia-1155
mdevctl define -u $uuid_c -p $third -t nvidia-1167 --auto
check 'what is to start automatically is started' \
    'mdevctl start-parent-mdevs $l40s' succeeds 'is_active $uuid_a nvidia-1155 $first' 'is_active $uuid_c nvidia-1167 $third' 'vgpus $l40s 2'
check 'once' 'mdevctl start-parent-mdevs $l40s' succeeds 'vgpus $l40s 2'
check 'of one VF alone, too' 'set_type $first 0; mdevctl start-parent-mdevs $first' succeeds 'is_active $uuid_a nvidia-1155 $first'
check 'VFs that come while it is asked, and files that come late, are waited for' \
    '$sriov_manage -d $l40s; knob $l40s late_ms 2500; $sriov_manage -e $l40s & mdevctl start-parent-mdevs $l40s; wait $!;
    eventually vfs_have_files $l40s 16; mdevctl start-parent-mdevs $l40s' \
    succeeds 'is_active $uuid_a nvidia-1155 $first' 'is_active $uuid_c nvidia-1167 $third' 'vgpus $l40s 2'
check 'what does not fit is warned about, and the rest is started' \
    'mdevctl stop -u $uuid_a; mdevctl stop -u $uuid_c; set_type $second 1160; mdevctl start-parent-mdevs $l40s; set_type $second 0; mdevctl start-parent-mdevs $l40s' \
    succeeds_with_warning 'says "$l40s is full"' 'vgpus $l40s 2'
check 'of a VF whose files do not come is warned in the end; the others of its card do not wait' \
    'is_inactive $uuid_d && vgpus $blackwell 1 && ! test -e /tmp/waited && eventually eventually test -e /tmp/waited && cat /tmp/waiting' \
    succeeds '[ "$(cat /tmp/waited)" -eq 0 ]' 'grep -q "vGPU files of $(vf $blackwell 0)" /tmp/stdout'
