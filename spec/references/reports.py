"""What scheduled reports say of the rest: services, owners and receivers exist, metrics are kept long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import OWN_SERVICE
from spec.notify import receiver_kind
from spec.references.finding import Finding, unknown
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.references.finding import Path
    from spec.reports import ScheduledReport
    from spec.root import StackSpec

TITLES = {"pagerduty": "PagerDuty", "sms": "a text message"}
"""Kinds of receivers that a report is nothing for."""


def reports(spec: StackSpec) -> Iterator[Finding]:
    """Every report, wherever it points to."""
    for index, report in enumerate(spec.reports):
        path: Path = ("reports", index)
        for position, name in enumerate(report.services):
            if name not in spec.services and name != OWN_SERVICE:
                yield (*path, "services", position), *unknown("service", name, (*spec.services, OWN_SERVICE))
        yield from _owner(spec, report, path)
        yield from _receivers(spec, report, path)
        kept = spec.storage.metrics.retention
        if report.period > kept:
            message = f"the report is about {report.period}, and storage.metrics.retention is only {kept}"
            yield (*path, "period"), message, f"keep {Duration(2 * report.period.ms)}, to compare with the time before"


def _owner(spec: StackSpec, report: ScheduledReport, path: Path) -> Iterator[Finding]:
    if report.owner is None:
        return
    if report.owner not in spec.owners:
        yield (*path, "owner"), *unknown("owner", report.owner, spec.owners)
    elif report.owner not in {spec.owner, *(service.owner for service in spec.services.values())}:
        yield (*path, "owner"), f"owner {report.owner!r} has no service to report on", "name one that has, or services"


def _receivers(spec: StackSpec, report: ScheduledReport, path: Path) -> Iterator[Finding]:
    known = spec.notification.receivers
    for position, name in enumerate(report.to):
        place = (*path, "to", position)
        if name not in known:
            yield place, *unknown("receiver", name, known)
            continue
        title = TITLES.get(receiver_kind(known[name]) or "")
        if title:
            message = f"receiver {name!r} is {title}, which takes alerts and no reports"
            yield place, message, "name a receiver of Slack, e-mail or a webhook"
