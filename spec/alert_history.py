"""The history of alerts in two short series, so that thirty days of it are read quickly."""

from __future__ import annotations

from spec.scalars import Duration

HISTORY_STEP = Duration.parse("5m")
"""How often the history is written; each sample stands for the time since the one before."""

FIRED_SECONDS = "service_alertname_severity:alerts_firing:seconds5m"
"""How many of the last 300 seconds an alert fired, on whatever instance. Only alerts that fired have samples."""

FIRED_TIMES = "service_alertname_severity:alerts_firing:started5m"
"""1 when an alert fired in the last five minutes and not in the five before."""
