"""Marks on the time axis of a service's charts: when alerts fired, and when it was deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import look, topics
from dashboards.parts import Annotation, alert_annotation
from spec.lately import lately
from spec.names import SERVICE
from spec.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import Watched


@lately
def of_service(service: Watched) -> tuple[Annotation, ...]:
    """The marks on each of the service's dashboards."""
    alerts = alert_annotation(f'service="{service.name}"')
    return (alerts, *_deployments(service))


def _deployments(service: Watched) -> Iterator[Annotation]:
    """A mark at the time that a metric of the contract says the service was deployed at."""
    for name, metric in service.own.metrics.items():
        if metric.unit == "timestamp" and topics.of_metric(name, metric) == "deployments":
            times = f"max by ({SERVICE}) ({Selector(name).where(service.own.matchers)})"
            yield Annotation(
                "Deployments", f"1000 * {times}", "Deployed", metric.help, (SERVICE,), look.BLUE, timed=True
            )
