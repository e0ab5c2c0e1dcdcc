"""Alerting rules from alerts of the spec: an indicator, a threshold, and the guards that keep nights quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules import words
from rules.recording import floor, traffic_record
from rules.rule import Alerting
from spec.expr import number
from spec.names import SERVICE, SEVERITY, TEAM
from spec.records import main_selector
from spec.stack import equal
from spec.value import value

if TYPE_CHECKING:
    from spec.stack import Bound, BoundAlert, Stack, Watched


def alerting(stack: Stack, service: Watched) -> tuple[Alerting, ...]:
    """The alerting rules of a service, in the order of its spec."""
    return tuple(_alert(stack, service, bound) for bound in service.alerts)


def _alert(stack: Stack, service: Watched, bound: BoundAlert) -> Alerting:
    alert = bound.alert
    labels = {SEVERITY: alert.severity, SERVICE: service.name, TEAM: service.spec.owner}
    if alert.category:
        labels["category"] = alert.category
    annotations = {
        "summary": words.verbatim(alert.summary),
        "description": words.description(bound),
        "runbook_url": words.runbook_url(stack, service.name, alert.name, alert.runbook),
        "dashboard_url": words.panel_url(stack, service.name, alert.name),
    }
    return Alerting(
        alert.name,
        expression(bound),
        alert.for_,
        alert.keep_firing_for,
        {**labels, **alert.labels},
        annotations,
        bound.origin,
        bound,
    )


def expression(bound: BoundAlert) -> str:
    """The indicator beyond its threshold while there is traffic enough to tell, or its absence when that fires."""
    alert, indicator = bound.alert, bound.indicator
    text = f"{_operand(value(indicator))}{_comparison(bound)}"
    if floor(indicator) > 0:
        labels = ", ".join(indicator.labels)
        events = f"{traffic_record(indicator)}{{{equal(SERVICE, bound.service)}}}"
        text = f"{text} and on ({labels}) {events} >= {number(floor(indicator))}"
    if alert.missing == "fires":
        text = f"{text} or {missing(indicator)}"
    return text


def _operand(text: str) -> str:
    """The text as an operand of a comparison, which binds more tightly than `and` and `or`."""
    return f"({text})" if " and " in text or " or " in text or " unless " in text or " > " in text else text


def _comparison(bound: BoundAlert) -> str:
    alert = bound.alert
    if alert.above is not None:
        return f" > {number(alert.above.value)}"
    return f" < {number(alert.below.value)}" if alert.below is not None else ""


def missing(bound: Bound) -> str:
    """1 with the label `service` while the indicator has no series at all."""
    selector = main_selector(bound.spec)
    if selector is None:
        return f"absent({value(bound)})"
    service = equal(SERVICE, bound.part.service)
    matchers = tuple(m for m in bound.part.matchers if m != service)
    return f"sum by ({SERVICE}) (absent({selector.where((service, *matchers))}))"
