#!/bin/bash
# Runs the image and the manifest of kubernetes/ on nodes that are sandboxes; as root:
#   test/kubernetes/run.sh [OPTION OF VITEST...]
# Expects build/mdevctl-image.tar, as `make image` leaves it. Whatever happens, nothing is left running.
set -euo pipefail

cd "$(dirname "$0")/../.."
scripts/install-packages.sh runc umoci skopeo util-linux

work=$(mktemp -d)
finish() {
    for id in $(runc --root "$work/runc" list --quiet); do
        # It may end by itself meanwhile.
        runc --root "$work/runc" delete --force "$id" 2> /dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# Also shows that another program than the one that made the archive can read it.
skopeo --insecure-policy copy --quiet oci-archive:build/mdevctl-image.tar "oci:$work/layout:mdevctl"
umoci unpack --image "$work/layout:mdevctl" "$work/image"

MDEVCTL_KUBERNETES_WORK=$work timeout --foreground 600 \
    npx --no-install vitest run --testTimeout 300000 test/kubernetes "$@"
