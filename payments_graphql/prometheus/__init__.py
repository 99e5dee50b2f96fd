"""What Prometheus reads from this site, and what it needs to make use of it.

`view` serves `/metrics`. `alerts.yml` are rules for Prometheus, and `grafana-dashboard.json` is a
dashboard. See docs/monitoring.md.
"""
