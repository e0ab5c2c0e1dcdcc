"""The service that nobody writes: the stack itself, watched with the packs of its components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.alert import AlertChange, BurnRate, Objective
from spec.instances import instances
from spec.names import OWN_SERVICE
from spec.scalars import Duration, Quantity
from spec.service import Exporter, Scrape, Service

if TYPE_CHECKING:
    from spec.root import StackSpec

PACK_OF = (
    ("prometheus", "prometheus"), ("alertmanager", "alertmanager"), ("blackbox", "blackbox"), ("node", "node"),
    ("redis_exporter", "redis"), ("loki", "loki"), ("alloy", "alloy"), ("grafana", "grafana"),
    ("inbox", "inbox"),
)  # fmt: skip
"""Component and the pack that knows its metrics."""


NEAR_BUDGET = 0.8
"""The share of budget.series from which on somebody is told."""


def _changes(spec: StackSpec) -> dict[str, AlertChange]:
    """The budget of the spec in the place of the pack's own."""
    return {"PrometheusSeriesNearBudget": AlertChange(above=Quantity.parse(int(spec.budget.series * NEAR_BUDGET)))}


def own_service(spec: StackSpec) -> Service:
    """The stack itself, as a service of the stack's owner."""
    exporters = tuple(
        Exporter(
            pack=pack,
            name=pack,
            alerts=_changes(spec) if pack == "prometheus" else {},
            targets=tuple(
                f"{one.name}:{getattr(spec.components, component).port + one.shift}"
                for one in instances(spec.components, component)
            ),
        )
        for component, pack in PACK_OF
        if getattr(spec.components, component).enabled and (component != "alloy" or spec.components.loki.enabled)
    )
    return Service(
        service=OWN_SERVICE,
        title="The stack itself",
        owner=spec.owner,
        scrape=Scrape(),
        exporters=exporters,
        slos=(
            Objective(
                name="availability",
                title="Monitoring is there",
                indicator="target.up",
                objective=99.9,
                window=Duration.parse("30d"),
                alerts=BurnRate(fast="critical", slow="medium"),
                summary="The monitoring stack is losing its availability budget",
            ),
        ),
    )
