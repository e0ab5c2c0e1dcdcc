"""Names that cross files: labels, series and secrets which one part writes and another reads."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "service"
TEAM = "team"
SEVERITY = "severity"
ENVIRONMENT = "environment"
STACK = "stack"
PROBE = "probe"
DEPENDENCY = "dependency"

SEVERITIES = ("critical", "high", "medium", "low")
USER = "specola"
"""The user name of basic authentication at the stack's own components."""

CONFIG_HASH_RECORD = "specola:config:info"
"""A constant series whose label `hash` tells which rendered configuration Prometheus has loaded."""

PROMETHEUS_UID = "prometheus"
LOKI_UID = "loki"
ALERTMANAGER_UID = "alertmanager"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or an empty string when none is near."""
    return next(iter(get_close_matches(name, tuple(known), n=1, cutoff=0.6)), "")
