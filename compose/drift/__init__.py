"""What Grafana serves against what was rendered: edited, deleted, extra."""
