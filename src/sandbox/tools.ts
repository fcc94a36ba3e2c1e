// The programs of NVIDIA's driver in a sandbox, as shell scripts: whoever asks a host asks them for more than sysfs has, and they set
// cards up.

import { baseName, directoryName } from "../paths.ts";
import { modeFile } from "./card.ts";
import type { SandboxCard } from "./parents.ts";
import type { Tree } from "./tree.ts";

export function describeTools(cards: readonly SandboxCard[]): Tree {
  if (cards.length === 0) return {};
  return {
    "usr/bin/nvidia-smi": { script: writeNvidiaSmi(cards) },
    "usr/lib/nvidia/sriov-manage": { script: writeSriovManage(cards) },
  };
}

/** In its own format, as far as anyone here asks. */
function writeNvidiaSmi(cards: readonly SandboxCard[]): string {
  const types = cards.map(({ path, types: own, memory }) =>
    [
      `GPU 0000${baseName(path).toUpperCase()}`,
      ...own.flatMap((type) => [
        `    vGPU Type ID                          : 0x${type.id.toString(16)}`,
        `        Name                              : ${type.name}`,
        "        GPU Instance Profile ID           : N/A",
        `        Max Instances                     : ${Math.floor(memory / type.memory)}`,
        "        Max Instances Per VM              : 1",
        `        FB Memory                         : ${type.memory} MiB`,
      ]),
    ].join("\n"),
  );
  return `#!/bin/sh
# Says what the types of the cards in this sandbox take of them, and whether vGPUs of different sizes are possible; lets them be.
root=$(cd "$(dirname "$0")/../.." && pwd)
find_mode() {
    mode=$root/${modeFile("$1")}
    [ -e "$mode" ] || { echo "No devices were found"; exit 6; }
}
case $* in
    "vgpu -s -v")
        cat << 'END'
${types.join("\n")}
END
        ;;
    "-q -i "*)
        find_mode "$3"
        case $(cat "$mode") in 1) state=Enabled ;; *) state=Disabled ;; esac
        echo "    vGPU Heterogeneous Mode               : $state"
        ;;
    "vgpu -shm "[01]" -i "*)
        find_mode "$5"
        if cat "$root/${devices}/$5"/virtfn*/nvidia/current_vgpu_type 2> /dev/null | grep -q -v -x 0; then
            echo "Unable to set the vGPU heterogeneous mode: In use by another client"
            exit 19
        fi
        echo "$3" > "$mode"
        ;;
    *)
        echo "this sandbox has only 'nvidia-smi vgpu -s -v', '-q -i CARD' and 'vgpu -shm 0|1 -i CARD'" >&2
        exit 1
        ;;
esac
`;
}

const devices = "sys/bus/pci/devices";

/** The directories of functions stay where they are: only links lead there, and these are made and removed. */
function writeSriovManage(cards: readonly SandboxCard[]): string {
  const cases = cards.map(
    ({ path, functions }) =>
      `    ${baseName(path)}) place=${directoryName(path)} functions="${functions.join(" ")}" ;;`,
  );
  return `#!/bin/sh
# Makes the virtual functions of a card in this sandbox, or removes them and their vGPUs.
[ $# -eq 2 ] || { echo "usage: sriov-manage -e|-d CARD" >&2; exit 1; }
root=$(cd "$(dirname "$0")/../../.." && pwd)
case $2 in
${cases.join("\n")}
    *) echo "$2: No such device" >&2; exit 1 ;;
esac
card=$root/sys/devices/$place/$2
number=0
case $1,$(cat "$card/sriov_numvfs") in
    -e,0)
        for function in $functions; do
            ln -s "../$function" "$card/virtfn$number"
            ln -s "../../../devices/$place/$function" "$root/${devices}/$function"
            ln -s "../../../../devices/$place/$function" "$root/sys/bus/pci/drivers/nvidia/$function"
            number=$((number + 1))
        done
        ;;
    -e,* | -d,0) exit 0 ;;
    -d,*)
        for function in $functions; do
            rm -f "$root/sys/bus/pci/drivers/nvidia/$function" "$root/${devices}/$function"
            echo 0 > "$root/sys/devices/$place/$function/nvidia/current_vgpu_type"
            : > "$root/sys/devices/$place/$function/nvidia/vgpu_params"
        done
        rm -f "$card"/virtfn*
        ;;
esac
echo 0 > "$root/${modeFile("$2")}"
echo "$number" > "$card/sriov_numvfs"
`;
}
