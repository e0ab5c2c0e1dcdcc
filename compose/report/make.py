"""The report: every chapter of every service, each over as much of the period as Prometheus knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.report.asking import FORGIVEN, Asking, Prometheus
from compose.report.errors import errors
from compose.report.fired import fired
from compose.report.found import OfService, Report
from compose.report.growth import growth
from compose.report.jobs import jobs
from compose.report.promises import promises
from compose.report.tight import tight
from compose.report.usage import usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compose.clients import Clients
    from compose.report.asking import Known
    from compose.report.period import Period
    from spec.stack import Stack, Watched

ENOUGH = 0.5
"""The part of the period before that must be known for a comparison."""


def report(clients: Clients, services: Iterable[str], period: Period) -> Report:
    """Raises Trouble when Prometheus does not answer."""
    stack, prometheus = clients.stack, Prometheus(clients)
    known = prometheus.known(period)
    made = tuple(_service(stack, prometheus, stack.by_name[name], period, known.get(name)) for name in services)
    return Report(stack.spec.title, stack.spec.environment, period.start, period.end, made)


def _service(stack: Stack, prometheus: Prometheus, service: Watched, period: Period, known: Known | None) -> OfService:
    owner = stack.owner(service.name).title
    if known is None:
        return OfService(service.name, service.spec.title, owner, None, period.seconds, compared=False)
    own = period.since(known.first)
    compared = known.first <= period.start - ENOUGH * period.seconds
    asking = Asking(prometheus, own, compared)
    forgiven = FORGIVEN * period.seconds
    return OfService(
        name=service.name,
        title=service.spec.title,
        owner=owner,
        first=own.start,
        unknown=known.unknown if known.unknown > forgiven else 0,
        compared=compared,
        usage=tuple(usage(asking, service)),
        errors=tuple(errors(asking, service)),
        jobs=tuple(jobs(asking, service)),
        promises=tuple(promises(asking, service)),
        fired=fired(asking, service),
        tight=tight(asking, service),
        growth=growth(asking, service),
    )
