"""The history of alerts in two short series, so that thirty days of it are read quickly."""

from __future__ import annotations

FIRED_SECONDS = "service_alertname_severity_category:alerts_firing:seconds1m"
"""How many of the last 60 seconds an alert fired, on whatever instance. Only alerts that fired have samples."""

FIRED_TIMES = "service_alertname_severity_category:alerts_firing:started1m"
"""1 when an alert fired in the last minute and not in the one before."""
