#!/bin/sh
# In the guest: runs every file of checks, each in a shell of its own. Results and transcript go to the second serial line.
stty -opost < /dev/ttyS1
exec < /dev/null > /dev/ttyS1 2>&1

echo "# $(. /etc/os-release; echo "$PRETTY_NAME"), Linux $(uname -r), systemd $(systemctl --version | awk 'NR == 1 { print $2 }')," \
    "$(libvirtd --version | tr -d '()' | cut -d ' ' -f 2-), $(mdevctl --version)"
for subject in /host-test/checks/*.sh; do
    (
        echo "# $(basename "$subject" .sh)"
        . /host-test/words.sh
        . "$subject"
    )
done
echo "# the guest has run everything after $(cut -d ' ' -f 1 /proc/uptime) s"
