# Hosts of many kinds: promtool and node_exporter take what is printed about each. node_exporter leaves out what is there twice.
# Sourced by run.sh.

is_accepted() {
    mdevctl metrics > "$work/collected/mdevctl.prom" 2> /dev/null &&
        promtool check metrics < "$work/collected/mdevctl.prom" &&
        curl --silent --show-error "http://$exporter/metrics" > "$work/answer" &&
        grep '^node_textfile_scrape_error' "$work/answer" | diff - <(echo "node_textfile_scrape_error 0") &&
        diff <(count_samples "$work/collected/mdevctl.prom") <(count_samples "$work/answer")
}

# FILE: how many there are of each metric of ours.
count_samples() { grep -ao '^mdevctl_[a-z_]*' "$1" | sort | uniq -c; }

# NAME: a type is offered under this name by the answer of node_exporter.
is_offered() { grep -aF "name=\"$1\"" "$work/answer" | grep -aq '^mdevctl_type_info{'; }

# PARENT UUID TEXT: a definition of this content.
write_definition() {
    mkdir -p "$MDEVCTL_ENV_ROOT/etc/mdevctl.d/$1"
    printf '%s' "$3" > "$MDEVCTL_ENV_ROOT/etc/mdevctl.d/$1/$2"
}

use_new_sandbox new
holds "a new sandbox is accepted" is_accepted

use_new_sandbox used
mdevctl start --parent 0000:82:00.0 --type L40S-8Q > /dev/null
mdevctl start --parent 0000:41:00.4 --type nvidia-558 > /dev/null
mdevctl define --parent mtty --type mtty-2 --auto > /dev/null
mdevctl export > "$work/used.yaml"
mdevctl apply "$work/used.yaml" > /dev/null
holds "devices of several frameworks after an apply are accepted" is_accepted

use_new_sandbox broken
one=0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60
two=1e2a8d63-4b46-4a1f-8e4d-6b3c9d2f5a71
mdevctl define --uuid $one --parent 0000:82:00.4 --type L40S-8Q --auto
mdevctl start --uuid $one
for parent in 0000:82:00.5 0000:41:00.4 mtty not-there; do
    write_definition $parent $one '{"mdev_type":"nvidia-1155","start":"auto","attrs":[]}'
done
write_definition mtty $two '{"mdev_type":'
write_definition mtty 2f3b9e74-5c57-4b2a-9f5e-7c4dae3a6b82 '{"mdev_type":"a \"quoted\" \\ name","start":"auto"}'
write_definition matrix $two '{"mdev_type":"vfio_ap-passthrough","start":"auto"}'
write_definition 'par"ent\' $two '{"mdev_type":"mtty-2","start":"auto"}'
echo '{' > "$MDEVCTL_ENV_ROOT/run/mdevctl/applied.json"
holds "one UUID in many places, and definitions that are broken are accepted" is_accepted

use_new_sandbox hostile
types=$MDEVCTL_ENV_ROOT/sys/devices/virtual/mtty/mtty/mdev_supported_types
printf 'a "quoted" \\ name' > "$types/mtty-1/name"
printf 'two\nlines\t\001' > "$types/mtty-2/name"
for type in 'mtty-"3"' 'mtty-\4' $'mtty-\n5' 'mtty-{6}' $'mtty-\377' 'mtty-\n' 'mtty- 7,a="b"} 1'; do
    cp -r "$types/mtty-1" "$types/$type"
done
printf 'not UTF-8: \377' > "$types/mtty-{6}/name"
holds "hostile names of types are accepted" is_accepted
holds "and node_exporter passes them on as they are" is_offered 'a \"quoted\" \\ name'

export MDEVCTL_ENV_ROOT=$work/empty
mkdir "$MDEVCTL_ENV_ROOT"
holds "a host without any device or driver is accepted" is_accepted
