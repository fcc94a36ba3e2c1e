# The alerts and the dashboard: what promtool says of the rules, and whether all that is asked for is something that a host has which
# uses everything. Sourced by run.sh.

holds "promtool accepts the alerts" promtool check rules examples/prometheus/alerts.yml
holds "the alerts fire and end when they should" promtool test rules examples/prometheus/alerts.test.yml

# The names of metrics in the expressions of a file.
names_in() { grep -o 'mdevctl_[a-z_]*' "$1" | sort -u; }

# FILE: every metric that it names is among those of docs/metrics.md, which a unit test compares with the program.
is_documented() {
    local unknown
    unknown=$(comm -23 <(names_in "$1") <(names_in docs/metrics.md))
    [ -z "$unknown" ] || { echo "$unknown"; return 1; }
}

for file in examples/prometheus/*; do
    holds "${file##*/} names metrics that there are" is_documented "$file"
done
