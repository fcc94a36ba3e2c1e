#!/bin/sh
# A notifier that records the devices that have been started.
case "$*" in *' -a start -s success '*) echo "$*" | sed 's/.* -u \([^ ]*\) .*/\1/' >> /run/starts ;; esac
