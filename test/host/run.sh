#!/bin/bash
# Boots real Debian hosts in QEMU (software emulation, no KVM needed), with systemd, udev and libvirt on a kernel with
# mediated device drivers, and runs the same checks with mdevctl 1.4.0 and with ours, side by side.
#   usage: test/host/run.sh [RELEASE...]           bookworm (libvirt 9.0), trixie (libvirt 11.3),
#                                                   trixie-vfio (virtual functions; ours alone); default: all
# $MDEVCTL_DEB is our package (default: the newest in build); $HOST_TEST_LIMIT the seconds that a guest may take
# (default: 900; 200 are usual). The transcripts are left in build/host. Exit status 0 only if every planned check ran
# and passed with ours.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
deb=${MDEVCTL_DEB:-$(find "$here/../../build" -maxdepth 1 -name 'mdevctl_*.deb' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)}
[ -e "$deb" ] || { echo "$0: there is no package to test; make deb" >&2; exit 1; }
limit=${HOST_TEST_LIMIT:-900}
transcripts=$here/../../build/host
[ $# -gt 0 ] || set -- bookworm trixie trixie-vfio

reference=$("$here/../../scripts/fetch-reference.sh")
"$here/../../scripts/install-packages.sh" cpio qemu-system-x86 >&2

work=$(mktemp -d)
mkdir -p "$transcripts"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

build_kernel() { # RELEASE
    case $1 in
        *-vfio) "$here/../vfio/build-guest.sh" ;;
        *) "$here/../kernel/build-kernel.sh" ;;
    esac
}

# Boots one guest: boot RELEASE PROGRAM NAME CHECKS... The kernel and systemd write to the first serial line, the checks
# to the second one.
boot() {
    local release=$1 program=$2 name=$3 disk kernel machine=(-smp 1)
    shift 3
    disk=$("$here/build-root.sh" "${release%-vfio}")
    kernel=$(build_kernel "$release")
    # shellcheck disable=SC2207 # no option has spaces
    [ "$release" != trixie-vfio ] || machine=(-smp 2 $("$here/../vfio/machine.sh"))
    "$here/pack-guest.sh" "$kernel" "$release" "$program" "$work/$name.initramfs" "$@"
    timeout --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max "${machine[@]}" -m 1024 \
        -nodefaults -display none -no-reboot -kernel "$kernel/vmlinuz" -initrd "$work/$name.initramfs" \
        -drive "if=virtio,format=raw,snapshot=on,file=$disk" \
        -append 'console=ttyS0 panic=-1 oops=panic quiet systemd.show_status=0 intel_iommu=on' \
        -serial "file:$work/$name.console" -serial "file:$transcripts/$name.txt" < /dev/null > "$work/$name.qemu" 2>&1 &
    trap 'kill %% 2> /dev/null' TERM
    wait %% || true
}

passed=0
failed=0
number=0
for release; do
    programs=(1.4.0 ours)
    checks=("$here"/checks/*.sh)
    [[ $release != *-vfio ]] || { programs=(ours); checks=(); }
    [ ! -d "$here/checks-$release" ] || checks+=("$here/checks-$release"/*.sh)
    planned=$(cat "${checks[@]}" | awk '$1 == "plan" { sum += $2 } END { print sum }')

    rm -f "$transcripts/$release"-{1.4.0,ours}.txt
    "$here/build-root.sh" "${release%-vfio}" > /dev/null
    build_kernel "$release" > /dev/null
    for program in "${programs[@]}"; do
        package=$deb
        [ "$program" = ours ] || package=$reference
        boot "$release" "$package" "$release-$program" "${checks[@]}" &
    done
    wait

    for name in "${programs[@]/#/$release-}"; do
        grep -a -m 1 '^# Debian' "$transcripts/$name.txt" || echo "# $name"
        grep -a '^# [0-9]* events' "$transcripts/$name.txt" || true
        grep -a '^# the guest has run everything' "$transcripts/$name.txt" || {
            echo "# $name did not come to its end within $limit s; the last it said:"
            tail -qn 15 "$work/$name.console" "$work/$name.qemu" "$transcripts/$name.txt"
            failed=$((failed + 1))
        }
    done

    # A line for each check that ran with our program: its verdict, and that of 1.4.0 beside it.
    printf '%-10s %-8s %-8s %s\n' '' 1.4.0 ours "$release"
    while IFS= read -r sentence; do
        number=$((number + 1))
        verdict=ok
        grep -a -q -x -F "ok $sentence" "$transcripts/$release-ours.txt" || verdict='not ok'
        theirs=-
        if [ "${programs[0]}" != ours ]; then
            theirs=ok
            grep -a -q -x -F "ok $sentence" "$transcripts/$release-1.4.0.txt" || theirs='not ok'
        fi
        printf '%-10s %-8s %-8s %s\n' "$verdict $number" "$theirs" "$verdict" "$sentence"
        if [ "$verdict" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done < <(sed -n -E 's/^(not )?ok //p' "$transcripts/$release-ours.txt")
    ran=$(grep -a -c -E '^(not )?ok ' "$transcripts/$release-ours.txt" || true)
    if [ "$ran" -ne "$planned" ]; then
        echo "$planned checks were planned, $ran ran"
        failed=$((failed + (planned > ran ? planned - ran : 1)))
    fi
    sed -n 's/^# status //p' "$transcripts/$release-ours.txt" | tr -d '\r' > "$work/status"
    (cd "$here/../.." && node scripts/run-ts.mjs test/check-status.ts "$work/status") || failed=$((failed + 1))
    # What was seen when ours failed.
    sed -n -E '/^not ok /,/^([$#] [^ ]|ok )/{/^not ok |^#   /p}' "$transcripts/$release-ours.txt"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
