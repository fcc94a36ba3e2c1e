# A real Prometheus scrapes what metrics prints about one host, asks for what the examples ask for, and follows what changes.
# Sourced by run.sh.

cat > "$work/prometheus.yml" << YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$PWD/examples/prometheus/alerts.yml]
scrape_configs:
  - {job_name: node, static_configs: [{targets: ["$exporter"], labels: {instance: gpu-1}}]}
YAML
serve "$work/prometheus.log" prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data"
prometheus=http://$address

# As the timer does it every minute.
measure() { mdevctl metrics --output "$work/collected/mdevctl.prom"; }

# QUERY: its answer, a line a series, without the time.
ask() { promtool query instant "$prometheus" "$1" | sed 's/ @\[[^]]*\]$//'; }

# EXPECTED QUERY: this is the answer before long.
answers() {
    local deadline=$((SECONDS + 60))
    measure || return
    until answer=$(ask "$2") && [ "$answer" = "$1" ]; do
        [ $SECONDS -lt $deadline ] || { diff <(echo "$1") <(echo "$answer"); return 1; }
        sleep 0.3
    done
}

# QUERY: there is an answer before long.
has_answer() {
    local deadline=$((SECONDS + 60))
    until answer=$(ask "$1") && [ -n "$answer" ]; do
        [ $SECONDS -lt $deadline ] || { echo "no answer to $1"; return 1; }
        sleep 0.3
    done
}

# COUNT: the file says that the card has so many devices.
want() {
    cat > "$work/state.yaml" << YAML
version: 1
groups:
  - {card: "0000:82:00.0", devices: [{type: L40S-8Q, count: $1}]}
YAML
}

# GROUP: a process has the node of the device in this IOMMU group open, as a virtual machine would.
hold() {
    sleep 1000 < "$MDEVCTL_ENV_ROOT/dev/vfio/$1" &
    holder=$!
}

room='sum by (parent, name) (mdevctl_type_available{type="nvidia-1155"} * on (parent, type) group_left (name) mdevctl_type_info)'
active='sum by (parent) (mdevctl_devices{state="active"})'
allocated='mdevctl_card_memory_allocated_bytes / 1024 ^ 3'
pending='count by (alertname) (ALERTS{alertstate="pending"})'

use_new_sandbox followed
holds "a card has room for six devices of a type" answers '{name="NVIDIA L40S-8Q", parent="0000:82:00.0"} => 6' "$room"
holds "a host where nothing was applied is neither in sync nor out of sync" answers '' 'mdevctl_plan_changes'

mdevctl start --parent 0000:82:00.0 --type L40S-8Q > /dev/null
holds "a device that is started leaves room for five" answers '{name="NVIDIA L40S-8Q", parent="0000:82:00.0"} => 5' "$room"
holds "it is active" answers '{parent="0000:82:00.0"} => 1' "$active"
holds "it takes memory of the card" answers '{instance="gpu-1", job="node", parent="0000:82:00.0"} => 8' "$allocated"
holds "nobody uses it" answers '{} => 0' 'sum(mdevctl_device_in_use)'

group=$(readlink "$MDEVCTL_ENV_ROOT/sys/bus/pci/devices/0000:82:00.4/iommu_group")
hold "${group##*/}"
holds "a process that has it open uses it" answers '{} => 1' 'sum(mdevctl_device_in_use)'
kill $holder
holds "when the process has ended, nobody uses it" answers '{} => 0' 'sum(mdevctl_device_in_use)'

want 1
mdevctl apply "$work/state.yaml" > /dev/null
holds "after an apply, the host is in sync" answers '{instance="gpu-1", job="node"} => 0' 'sum without (__name__) (mdevctl_plan_changes)'
want 2
holds "a file that wants one more device puts it out of sync" answers '{} => 2' 'sum(mdevctl_plan_changes)'
holds "which an alert sees" answers '{alertname="MdevctlOutOfSync"} => 1' "$pending"
mdevctl apply "$work/state.yaml" > /dev/null
holds "an apply brings it back" answers '{} => 0' 'sum(mdevctl_plan_changes)'
holds "with two active devices" answers '{parent="0000:82:00.0"} => 2' "$active"
holds "and the alert ends" answers '' "$pending"

mdevctl define --parent mtty --type mtty-2 --auto > /dev/null
holds "a device that is to be active and is not has failed" answers '{parent="mtty"} => 1' 'sum by (parent) (mdevctl_devices{state="failed"} > 0)'
holds "which an alert sees" answers '{alertname="MdevctlDeviceFailed"} => 1' "$pending"

# So that there is something to answer.
want 3
holds "the host is out of sync once more" answers '{} => 2' 'sum(mdevctl_plan_changes)'

names_in() { grep -o 'mdevctl_[a-z_]*' "$1" | sort -u; }

# FILE: it names no metric that this host does not have.
names_metrics() { diff /dev/null <(comm -23 <(names_in "$1") <(names_in "$work/collected/mdevctl.prom")); }

for file in examples/prometheus/*; do
    holds "${file##*/} names metrics that there are" names_metrics "$file"
done
while read -r query; do
    holds "the dashboard has an answer to: $query" has_answer "${query% or vector(0)}"
done < <(jq --raw-output '.panels[].targets[].expr' examples/prometheus/dashboard.json | sed 's/\$instance/gpu-1/g')
holds "it can list the hosts" answers '{instance="gpu-1"} => 1' 'count by (instance) (mdevctl_build_info)'
holds "node_exporter says when the file was written" answers '{} => 1' 'count(time() - node_textfile_mtime_seconds{file=~".*mdevctl.prom"} < 600)'
