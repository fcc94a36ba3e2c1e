#!/bin/bash
# Boots a kernel in QEMU (software emulation, no KVM needed) and has the program manage devices there.
#   usage: test/guest/run.sh SUITE KERNEL QEMU-OPTION... -- [SUBJECT...]
# SUITE is the directory of the suite, KERNEL what its build-kernel.sh or build-guest.sh printed. A subject is a file of the
# suite's checks without .sh; default: all. $MDEVCTL_BIN is the program (default: dist/mdevctl.js); $GUEST_TEST_LIMIT the
# seconds the guest may take (default: 600). Exit status 0 only if every planned check ran and passed, and the guest finished.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
program=${MDEVCTL_BIN:-$here/../../dist/mdevctl.js}
limit=${GUEST_TEST_LIMIT:-600}
suite=$1
kernel=$2
shift 2
options=()
while [ "$1" != -- ]; do
    options+=("$1")
    shift
done
shift

checks=()
for subject; do
    [ -e "$suite/checks/$subject.sh" ] || { echo "$0: no such subject: $subject" >&2; exit 2; }
    checks+=("$suite/checks/$subject.sh")
done
[ $# -gt 0 ] || checks=("$suite"/checks/*.sh)
planned=$(cat "${checks[@]}" | awk '$1 == "plan" { sum += $2 } END { print sum }')

"$here/../../scripts/install-packages.sh" cpio qemu-system-x86 >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$here/pack.sh" "$suite" "$kernel" "$program" "$work/initramfs" "${checks[@]}"

# The kernel's own messages go to the first serial line, the results to the second. A kernel that has panicked need not come to its
# end.
boot() {
    : > "$work/console"
    timeout --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max \
        -nodefaults -display none -no-reboot -kernel "$kernel/vmlinuz" -initrd "$work/initramfs" \
        -serial "file:$work/console" -serial stdio "${options[@]}" < /dev/null &
    while [ -n "$(jobs -r)" ]; do
        ! has_panicked || { sleep 5; kill %% 2> /dev/null || true; }
        sleep 1
    done
}
has_panicked() { grep -q 'Kernel panic' "$work/console"; }

read_results() {
    number=0
    passed=0
    end=
    while IFS= read -r line; do
        case $line in
            'ok '* | 'not ok '*)
                number=$((number + 1))
                case $line in ok*) passed=$((passed + 1)) ;; esac
                echo "${line%%ok *}ok $number ${line#*ok }"
                ;;
            '# status '*) printf '%s\n' "${line#'# status '}" >> "$work/status" ;;
            '# the guest has run everything'*) end=$line; echo "$line" ;;
            *) echo "$line" ;;
        esac
    done
    echo "$number" > "$work/number"
    failed=$((number - passed))
    if [ "$number" -ne "$planned" ]; then
        echo "$planned checks were planned, $number ran"
        failed=$((failed > planned - passed ? failed : planned - passed))
    fi
    if [ -z "$end" ]; then
        echo "the guest did not come to its end within $limit s"
        failed=$((failed > 0 ? failed : 1))
    fi
    echo "$passed passed, $failed failed"
    [ "$number" -eq "$planned" ] && [ "$failed" -eq 0 ]
}

status=1
for try in 1 2 3; do
    boot | read_results && status=0 || status=1
    # The emulation of several processors is not perfect: seldom, the kernel panics while it boots, before anything of ours has run.
    [ $status -ne 0 ] && has_panicked && [ "$(cat "$work/number")" -eq 0 ] || break
    echo "the kernel panicked while it booted, at try $try"
done
# Only some subjects show it.
if [ $status -eq 0 ] && grep -q '^show_status' "${checks[@]}"; then
    (cd "$here/../.." && node scripts/run-ts.mjs test/check-status.ts "$work/status") || status=1
fi
[ $status -eq 0 ] || {
    echo "the last the kernel said:" >&2
    tail -n 20 "$work/console" >&2
    exit 1
}
