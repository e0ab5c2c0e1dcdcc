"""How many series a stack will have: from the contracts, for every target of every job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import SpecPath, Stack, Watched

NEAR = 0.8
"""The share of a budget or limit from which on it is near."""
OF_EVERY_SCRAPE = 5
"""up, and what Prometheus notes of the scrape itself."""
OF_A_PROBE = 25
"""What the blackbox exporter tells of one probe over HTTP."""
OF_LIBRARIES = 30
"""What a client library exposes of its own process."""
OF_PACKS = {"node": 1200, "prometheus": 900, "alertmanager": 350, "grafana": 1200, "loki": 1500, "alloy": 600,
            "redis": 250, "blackbox": 60, "inbox": 60}  # fmt: skip
"""What public exporters expose as a whole, of which packs use a part."""


@dataclass(frozen=True)
class Expected:
    """A job with the series that its targets are expected to expose together, and those that they may."""

    name: str
    service: str
    targets: int
    series: int
    limit: int
    origin: SpecPath


@once
def forecast(stack: Stack) -> tuple[Expected, ...]:
    """Every job of the stack."""
    return tuple(one for service in stack.services for one in _of_service(service))


def _of_service(service: Watched) -> Iterator[Expected]:
    packs = {part.name: part.pack for part in service.parts if part.pack}
    own = sum(metric.series for metric in service.spec.metrics.values())
    for job in service.jobs:
        if job.probe is not None:
            each = OF_A_PROBE
        elif job.part in packs:
            metrics = next(part.metrics for part in service.parts if part.name == job.part)
            each = max(OF_PACKS.get(packs[job.part], 0), sum(metric.series for metric in metrics.values()))
        else:
            each = own + OF_LIBRARIES
        targets = max(1, len(job.targets))
        yield Expected(job.name, service.name, targets, (each + OF_EVERY_SCRAPE) * targets, job.limit, job.origin)


def table(stack: Stack) -> dict[str, Any]:
    """The forecast as figures for programs: of the stack, of each job, and of each metric of a contract."""
    jobs = forecast(stack)
    return {
        "series": sum(job.series for job in jobs),
        "budget": stack.spec.budget.series,
        "jobs": [
            {"job": job.name, "service": job.service, "targets": job.targets, "series": job.series, "limit": job.limit}
            for job in jobs
        ],
        "metrics": [
            {"metric": metric, "service": service.name, "series": declared.series}
            for service in stack.services
            for metric, declared in service.spec.metrics.items()
        ],
    }
