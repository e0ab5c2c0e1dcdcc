"""Names that cross files: labels, series and secrets which one part writes and another reads."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

ROOT_FILE = "stack.yaml"
"""The file of a project from which the spec is read."""
SERVICE = "service"
TEAM = "team"
SEVERITY = "severity"
ENVIRONMENT = "environment"
STACK = "stack"
REPLICA = "replica"
"""Tells apart what several Prometheus with the same configuration write to elsewhere."""
PROBE = "probe"

PROBE_PART, TARGET_PART, LOGS_PART = "probe", "target", "logs"
PARTS_WITHOUT_PROGRAM = (PROBE_PART, TARGET_PART, LOGS_PART)
"""Parts of a service whose series no program of it exposes: others make them of what they see of it."""

SEVERITIES = ("critical", "high", "medium", "low")
USER = "specola"
"""The user name of basic authentication at the stack's own components."""

CONFIG_HASH_RECORD = "specola:config:info"
"""A constant series whose label `hash` tells which rendered configuration Prometheus has loaded."""

PROMETHEUS_UID = "prometheus"
LOKI_UID = "loki"
ALERTMANAGER_UID = "alertmanager"


WATCHDOG = "Watchdog"
"""The alert that always fires; whoever receives it notices its absence."""

SMOKE_ALERT = "SpecolaSmoke"
"""The alert that `specola smoke` sends by itself; it goes to the inbox and to nobody else."""

OWN_SERVICE = "monitoring"
"""The stack itself, as a service."""


UID_LENGTH = 40
"""The longest uid that Grafana takes."""

HOME_DASHBOARD = "home"
ALERTS_DASHBOARD = "alerts"
SLOS_DASHBOARD = "slos"
HOSTS_DASHBOARD = "hosts"
HISTORY_DASHBOARD = "history"
LOGS_DASHBOARD = "logs"
SECURITY_DASHBOARD = "security"
CAPACITY_DASHBOARD = "capacity"
"""Uids of the dashboards over all services. Those of one service have a dash or two underscores."""


def alert_panel(alert: str) -> int:
    """The id of the panel that shows an alert, on its service's alerts dashboard. Others may come and go around it."""
    return (crc32(alert.encode()) % 900_000 + 100_000) * 10


def alerts_dashboard(service: str) -> str:
    """The uid of the dashboard that has a row for each alert of a service."""
    return _uid(f"{service}-alerts")


def overview_dashboard(service: str) -> str:
    """The uid of a service's overview."""
    return _uid(f"{service}-overview")


def topic_dashboard(service: str, topic: str) -> str:
    """The uid of a service's page on a topic, such as its errors."""
    return _uid(f"{service}-{topic}")


def own_dashboard(service: str, dashboard: str) -> str:
    """The uid of a dashboard from a service's file. No name has two underscores in a row, so no other uid is equal."""
    return _uid(f"{service}__{dashboard}")


def _uid(text: str) -> str:
    """At most the 40 characters that Grafana takes; the end of a longer text gives way to its checksum."""
    return text if len(text) <= UID_LENGTH else f"{text[: UID_LENGTH - 9]}-{crc32(text.encode()):08x}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or an empty string when none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, tuple(known), n=1, cutoff=0.6)), "")


LIKE = 0.85
"""As alike as two words are that differ by one letter of seven."""


def slip(name: str, known: Collection[str]) -> str:
    """The known name of which `name` is a slip of the pen: a letter wrong, too much, too little or in its neighbour's
    place. Empty when it is known, or like none."""
    from difflib import get_close_matches

    if name in known or len(name) < len("four"):
        return ""
    cutoff = min(LIKE, 1 - 1 / len(name))
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), "")
