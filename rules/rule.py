"""Rules as values: what Prometheus records and alerts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.scalars import Duration
    from spec.stack import BoundAlert, BoundLogAlert, BoundObjective, SpecPath


@dataclass(frozen=True)
class Recording:
    """A series made from an expression. `labels` are put on it."""

    record: str
    expr: str
    labels: Mapping[str, str]
    origin: SpecPath


@dataclass(frozen=True)
class Alerting:
    """An alert: fires for every series of `expr` that stays for `for_`."""

    alert: str
    expr: str
    for_: Duration
    keep_firing_for: Duration | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    origin: SpecPath
    source: BoundAlert | BoundObjective | BoundLogAlert | None = None
    """What of the spec it was made from; None for the watchdog."""

    @property
    def service(self) -> str:
        return self.labels["service"]


@dataclass(frozen=True)
class Group:
    """Rules evaluated one after the other, at one moment. `file` is the rule file it stands in."""

    name: str
    file: str
    rules: tuple[Recording | Alerting, ...]
    interval: Duration | None = None
