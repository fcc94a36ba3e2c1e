#!/bin/sh
# Boots a real Linux kernel with real mediated device drivers in QEMU (software emulation, no KVM needed) and has the
# program manage devices there.
#   usage: test/kernel/run.sh [SUBJECT...]        a subject is a file of test/kernel/checks without .sh; default: all
# $MDEVCTL_BIN is the program (default: dist/mdevctl.js); $KERNEL_TEST_LIMIT the seconds the guest may take (default:
# 600). Exit status 0 only if every planned check ran and passed, and the guest finished.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
program=${MDEVCTL_BIN:-$here/../../dist/mdevctl.js}
limit=${KERNEL_TEST_LIMIT:-600}

if [ $# -eq 0 ]; then
    set -- "$here"/checks/*.sh
else
    for subject; do
        [ -e "$here/checks/$subject.sh" ] || { echo "$0: no such subject: $subject" >&2; exit 2; }
        set -- "$@" "$here/checks/$subject.sh"
        shift
    done
fi
planned=$(cat "$@" | awk '$1 == "plan" { sum += $2 } END { print sum }')

kernel=$("$here/build-kernel.sh")
if ! command -v qemu-system-x86_64 > /dev/null || ! command -v cpio > /dev/null; then
    apt-get -qq update > /dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends \
        cpio qemu-system-x86 > /dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$here/pack-guest.sh" "$kernel" "$program" "$work/initramfs" "$@"

# The kernel's own messages go to the first serial line, the results to the second.
: > "$work/console"
timeout --kill-after=5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 1 -m 1024 \
    -nodefaults -display none -no-reboot -kernel "$kernel/vmlinuz" -initrd "$work/initramfs" \
    -append 'console=ttyS0 panic=-1 oops=panic quiet' \
    -serial "file:$work/console" -serial stdio < /dev/null | {
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
            '# the guest has run everything'*) end=$line; echo "$line" ;;
            *) echo "$line" ;;
        esac
    done
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
} || {
    echo "the last the kernel said:" >&2
    tail -n 20 "$work/console" >&2
    exit 1
}
