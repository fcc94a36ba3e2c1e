#!/bin/sh
# An example of a callout script, for the types of NVIDIA's virtual GPUs. Their attribute nvidia/vgpu_params holds settings,
# for example "frame_rate_limiter=0,disable_vnc=1". The script refuses settings that it does not know, reports the settings
# of a running device, and changes them. docs/callouts.md explains it.
#
# mdevctl calls it as: vgpu.sh -t TYPE -e EVENT -a ACTION -s STATE -u UUID -p PARENT
set -eu

# The options always come in this order, so there is no need to parse them.
type=$2 event=$4 action=$6 uuid=${10}

# Exit status 2 means: this type is not mine, ask the next script.
case $type in
    nvidia-*) ;;
    *) exit 2 ;;
esac

# MDEVCTL_ENV_ROOT is set in a sandbox and in tests; otherwise it is empty.
file=${MDEVCTL_ENV_ROOT:-}/sys/bus/mdev/devices/$uuid/nvidia/vgpu_params

# mdevctl shows the user what a script prints on stderr.
refuse() {
    echo "$1" >&2
    exit 1
}

# Reads the settings from the configuration, which is one line of JSON on stdin, and refuses unknown settings.
read_settings() {
    settings=$(sed -n 's|.*{"nvidia/vgpu_params":"\([^"]*\)"}.*|\1|p')
    for setting in $(echo "$settings" | tr ',' ' '); do
        case $setting in
            frame_rate_limiter=[01] | disable_vnc=[01] | enable_profiling=[01]) ;;
            *) refuse "unknown setting '$setting'" ;;
        esac
    done
}

case "$event $action" in
    # What mdevctl calls this script for. mdevctl itself refuses any action that is not listed here, before it starts. So
    # the list has all actions, although only some of them need this script.
    "get capabilities")
        actions='"define","undefine","modify","start","stop","attributes","capabilities"'
        echo "{\"supports\":{\"version\":2,\"actions\":[$actions],\"events\":[\"pre\",\"get\",\"live\"]}}"
        ;;
    # The attributes of a running device, for `mdevctl list --verbose` and for `mdevctl define` of a running device.
    "get attributes")
        settings=$(cat "$file")
        [ -z "$settings" ] || echo "[{\"nvidia/vgpu_params\":\"$settings\"}]"
        ;;
    # Before a change: the last chance to refuse it.
    "pre define" | "pre modify" | "pre start")
        read_settings
        ;;
    # Changes a running device, for `mdevctl modify --live`.
    "live modify")
        read_settings
        echo "$settings" > "$file"
        ;;
esac
