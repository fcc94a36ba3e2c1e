# The alerts without a host. followed.sh asks a real Prometheus for what the alerts and the dashboard ask for. Sourced by run.sh.

holds "promtool accepts the alerts" promtool check rules examples/prometheus/alerts.yml
holds "the alerts fire and end when they should" promtool test rules examples/prometheus/alerts.test.yml
