"""Objectives: error budgets, and alerts on how fast they burn over several windows.

Method: multi-window, multi-burn-rate alerts, https://sre.google/workbook/alerting-on-slos/ (section 6).
Raw series are read only over 5 minutes; every longer window is an average of those records.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rules import words
from rules.recording import floor
from rules.rule import Alerting, Recording
from spec.expr import bad_events, good_time, number, traffic
from spec.names import SERVICE, SEVERITY, TEAM
from spec.objectives import (
    ALL,
    BAD,
    BUDGET,
    BUDGET_LEFT,
    BURN_RATE,
    EXHAUSTED_IN,
    OBJECTIVE,
    SHORTEST,
    WINDOWS,
    Pair,
    budget,
    burn_alert,
    error_ratio,
    pairs,
    selector,
)
from spec.pace import counting, faster, known
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.stack import BoundObjective, Stack, Watched


HOUR = Duration.parse("1h")


def recordings(service: Watched, pace: float) -> tuple[Recording, ...]:
    """The recording rules of a service's objectives."""
    return tuple(rule for bound in service.objectives for rule in _records(bound, pace))


def alerting(stack: Stack, service: Watched) -> tuple[Alerting, ...]:
    """The burn-rate alerts of a service's objectives."""
    return tuple(rule for bound in service.objectives for rule in _alerts(stack, service, bound))


def _records(bound: BoundObjective, pace: float) -> Iterator[Recording]:
    labels = {SERVICE: bound.service, "slo": bound.objective.name}
    one = selector(bound)

    def rule(record: str, expression: str) -> Recording:
        return Recording(record, expression, labels, bound.origin)

    short = str(counting(SHORTEST, pace))
    timed = not traffic(bound.indicator)
    good = good_time(bound.indicator, short)
    yield rule(BAD, f"1 - ({good})" if timed else _total(bound, bad_events(bound.indicator, short)))
    yield rule(ALL, f"{good} * 0 + 1" if timed else _total(bound, traffic(bound.indicator, short)))
    yield rule(error_ratio(SHORTEST), f"{BAD}{one} / ({ALL}{one} > 0)")
    for record, span in _ratios(bound.objective.window, pace):
        yield rule(record, f"avg_over_time({BAD}{one}[{span}]) / (avg_over_time({ALL}{one}[{span}]) > 0)")
    whole = error_ratio(bound.objective.window)
    allowed = number(budget(bound))
    yield rule(OBJECTIVE, f"vector({number(bound.objective.objective / 100)})")
    yield rule(BUDGET, f"vector({allowed})")
    yield rule(BURN_RATE, f"{error_ratio(HOUR)}{one} / {allowed}")
    yield rule(BUDGET_LEFT, f"1 - {whole}{one} / {allowed}")
    yield rule(EXHAUSTED_IN, _exhaustion(bound, one))


@lru_cache(maxsize=100)
def _ratios(whole: Duration, pace: float) -> tuple[tuple[str, str], ...]:
    """The records of the error ratio over longer windows, the objective's own among them, and over what they read."""
    windows = (*WINDOWS, *({whole} - set(WINDOWS)))
    return tuple((error_ratio(window), str(faster(window, pace))) for window in windows)


def _total(bound: BoundObjective, events: str) -> str:
    """The events of all label sets together, where the indicator keeps more than the service."""
    return f"sum by (service) ({events})" if bound.indicator.spec.by else events


def _exhaustion(bound: BoundObjective, one: str) -> str:
    """Seconds until nothing is left of the budget when the last hour's burn rate goes on."""
    return f"clamp_min({BUDGET_LEFT}{one}, 0) * {number(bound.objective.window.seconds)} / ({BURN_RATE}{one} > 0)"


def _alerts(stack: Stack, service: Watched, bound: BoundObjective) -> Iterator[Alerting]:
    objective = bound.objective
    for speed, severity in (("fast", objective.alerts.fast), ("slow", objective.alerts.slow)):
        if severity is not None:
            yield _alert(stack, service, bound, speed, severity)


def burn_expression(bound: BoundObjective, speed: str, pace: float) -> str:
    """Both windows of any of the speed's pairs burn faster than their factor, on enough traffic to tell, and of an
    objective that is known for long enough: a service that has just been started burns nothing."""
    one = selector(bound)
    least = floor(bound.indicator)

    def burning(pair: Pair) -> str:
        limit = number(pair.factor(bound.objective.window) * budget(bound))
        enough = f" and avg_over_time({ALL}{one}[{faster(pair.short, pace)}]) >= {number(least)}" if least else ""
        before = f" and {ALL}{one} offset {known(pair.known, pace)}"
        return f"({error_ratio(pair.long)}{one} > {limit} and {error_ratio(pair.short)}{one} > {limit}{enough}{before})"

    return " or ".join(burning(pair) for pair in pairs(bound, speed))


def _alert(stack: Stack, service: Watched, bound: BoundObjective, speed: str, severity: str) -> Alerting:
    objective, name = bound.objective, burn_alert(bound, speed)
    title = objective.title or f"{service.spec.title}: {objective.name}"
    promise = f"{objective.objective:g}% over {objective.window}"
    fast = speed == "fast"
    until = "within hours or few days" if fast else "before the window ends"
    now = "Bad events now: {{ $value | humanizePercentage }}."
    annotations = {
        "summary": words.verbatim(
            objective.summary or f"{title}: the error budget ({promise}) burns too {'fast' if fast else 'steadily'}"
        ),
        "description": f"At this pace the error budget of {promise} is used up {until}. {now}",
        "runbook_url": words.runbook_url(stack, service.name, name),
        "dashboard_url": words.panel_url(stack, service.name, name),
    }
    labels = {
        SEVERITY: severity,
        SERVICE: service.name,
        TEAM: service.spec.owner,
        "slo": objective.name,
        "category": "slo",
    }
    return Alerting(
        name,
        burn_expression(bound, speed, stack.spec.pace),
        Duration(0),
        None,
        labels,
        annotations,
        bound.origin,
        bound,
    )
