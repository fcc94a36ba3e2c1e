#!/bin/bash
# Demonstrates mdevctl: makes a sandbox in a temporary directory, manages devices in it, and removes it again. Prints every
# command with its real output. Fails if a command does not end as expected.
#
# usage: MDEVCTL_BIN=PROGRAM scripts/demo.sh
set -euo pipefail

: "${MDEVCTL_BIN:?names the mdevctl to show}"
work=$(mktemp -d "${TMPDIR:-/tmp}/mdevctl-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
unset MDEVCTL_ENV_ROOT MDEVCTL_LOG MDEVCTL_LOG_STYLE
bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

say() { printf '\n# %s\n' "$*"; }
show() { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; }

# Runs mdevctl, which must succeed.
mdevctl() {
  show mdevctl "$@"
  "$MDEVCTL_BIN" "$@" 2>&1
}

# Runs mdevctl, which must fail with exit status 1.
refused() { expect 1 "$@"; }

# Runs mdevctl, which must end with this exit status.
expect() {
  local wanted=$1 status=0
  shift
  show mdevctl "$@"
  "$MDEVCTL_BIN" "$@" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || { echo "demo: exit status $status instead of $wanted" >&2; exit 1; }
}

graphics=90d5c3a1-6f2e-4b0c-9c55-0f8a3e1d7b42
crypto=5b2cf1de-3a47-4d86-8e0f-64c1a9b7d230
vgpu=6f2e1d3c-84b5-4a97-9c08-1b5d7e3f9a42
lost=7a3f2e4d-95c6-4ba8-8d19-2c6e8f40ab53

say "Make a directory that behaves like a host with mediated devices."
mdevctl sandbox "$work/host"
show export MDEVCTL_ENV_ROOT="$work/host"
export MDEVCTL_ENV_ROOT="$work/host"

say "Look at the host: what is wrong, what is free, and the devices. Cards and parents that are alike are together."
mdevctl status

say "List what two parent devices offer, in the format of mdevctl 1.4."
mdevctl types --parent 0000:00:02.0
mdevctl types --parent mtty --dumpjson

say "Define a device that starts with its parent, and one with attributes."
mdevctl define --uuid $graphics --parent 0000:00:02.0 --type i915-GVTg_V5_8 --auto
mdevctl define --uuid $crypto --parent matrix --type vfio_ap-passthrough
mdevctl modify --uuid $crypto --addattr assign_adapter --value 5
mdevctl modify --uuid $crypto --addattr assign_domain --value 0xab
mdevctl modify --uuid $crypto --addattr assign_adapter --value 6 --index 1
mdevctl list --defined --verbose

say "Start it, and a transient device, one without a definition; its new UUID is printed."
mdevctl start --uuid $crypto
mdevctl start --parent 0000:41:00.4 --type nvidia-558
mdevctl list

say "When something cannot be done, mdevctl says why."
refused start --parent 0000:41:00.4 --type nvidia-563
refused start --parent mtty --type mtty-3
refused modify --uuid $graphics --delattr --index 7

say "Add a callout script: it reports the attributes of active devices, and keeps domain 0x63 for the host."
script=$MDEVCTL_ENV_ROOT/usr/lib/mdevctl/scripts.d/callouts/crypto.sh
cat > "$script" << 'EOF'
#!/bin/sh
# called as: crypto.sh -t TYPE -e EVENT -a ACTION -s STATE -u UUID -p PARENT
[ "$2" = vfio_ap-passthrough ] || exit 2
case "$4 $6" in
"get attributes")
  cd "$MDEVCTL_ENV_ROOT/sys/bus/mdev/devices/${10}" || exit 1
  for name in assign_adapter assign_domain; do sed "s/.*/{\"$name\":\"&\"}/" $name; done | paste -sd, | sed 's/.*/[&]/' ;;
"pre modify")
  ! grep -q '"assign_domain":"0x63"' || { echo "domain 0x63 belongs to the host" >&2; exit 1; } ;;
"get capabilities") exit 2 ;;
esac
EOF
chmod +x "$script"
show cat usr/lib/mdevctl/scripts.d/callouts/crypto.sh
cat "$script"
mdevctl list --verbose --uuid $crypto
refused modify --uuid $crypto --addattr assign_domain --value 0x63

say "Print a definition as JSON, which define --jsonfile reads."
mdevctl list --defined --dumpjson --uuid $crypto

say "When a parent appears, the system starts the devices that are defined with --auto."
mdevctl start-parent-mdevs 0000:00:02.0
mdevctl list --parent 0000:00:02.0

say "Where NVIDIA's driver has no mdev bus: name the card and the type, and mdevctl chooses a virtual function."
mdevctl types --parent 0000:82:00.4
mdevctl define --uuid $vgpu --parent 0000:82:00.0 --type L40S-8Q
mdevctl start $vgpu
mdevctl start --parent 0000:82:00.0 --type L40S-8A
mdevctl list --parent 0000:82:00.0
refused start --parent 0000:82:01.0 --type nvidia-1158

say "A virtual machine takes the device so. Here a process opens its node, as one would: status shows it, and stop refuses."
mdevctl attach $vgpu --for libvirt
group=$(readlink "$MDEVCTL_ENV_ROOT/sys/bus/pci/devices/0000:82:00.4/iommu_group")
exec 9< "$MDEVCTL_ENV_ROOT/dev/vfio/${group##*/}"
sleep 100 &
exec 9<&-
mdevctl status 0000:82:00.0
refused stop $vgpu
kill $!
wait $! 2> /dev/null || true
mdevctl stop $vgpu

say "Say in a file what a card should have. Plan shows what would change, apply changes it; then there is nothing to do."
state=$work/state.yaml
cat > "$state" << EOF
version: 1
groups:
  - card: 0000:82:00.0
    devices:
      - {type: L40S-8Q, uuid: $vgpu}
      - {type: L40S-8Q, count: 2}
EOF
show cat state.yaml
cat "$state"
mdevctl plan "$state"
mdevctl apply --prune "$state"
mdevctl plan "$state"
mdevctl export --card 0000:82:00.0

say "Doctor says what is wrong, here a device whose driver is not loaded, and what to do; exit status 3 says that there is an error."
mdevctl define --uuid $lost --parent 0000:c1:00.4 --type nvidia-1155 --auto
expect 3 doctor $lost
mdevctl undefine --uuid $lost

say "Stop a device, and remove its definition."
mdevctl stop --uuid $crypto
mdevctl undefine --uuid $crypto
mdevctl list
