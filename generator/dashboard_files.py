"""Grafana's dashboards: a file each, in a folder for each owner and one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.rule import Alerting
    from spec.stack import Stack

FOLDER = "dashboards"


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`dashboards/<folder>/<uid>.json`; none when Grafana is not part of the stack."""
    if not stack.enabled("grafana"):
        return ()
    from dashboards.catalog import each
    from dashboards.modern import encode
    from rules.runbook import page

    runbooks = {(rule.service, rule.alert): page(stack, rule) for rule in _rules(stack)}
    return tuple(
        Artefact(f"{FOLDER}/{filed.folder}/{filed.uid}.json", encode(filed.document)) for filed in each(stack, runbooks)
    )


def _rules(stack: Stack) -> Iterator[Alerting]:
    """Every alerting rule, those of Loki's ruler too."""
    from rules.groups import all_alerts
    from rules.log_alerts import log_alerting

    yield from all_alerts(stack)
    for service in stack.services:
        yield from log_alerting(stack, service)
