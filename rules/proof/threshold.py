"""The proof of alerts on values, ages, rates, ratios, quantiles and means: their series can be made at will."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rules.proof.case import Case, Tells, Threshold
from rules.proof.humane import render
from rules.proof.kinds import ABOVE_FLOOR, BELOW_FLOOR, streams
from rules.proof.labels import failing, service_matcher, service_stranger, sibling
from rules.proof.levels import levels
from rules.proof.notation import selector
from rules.proof.stream import Moment, series
from rules.proof.timeline import Course, Shape, courses, step_of
from rules.recording import floor
from spec.indicator import Absence, Age, Average, Quantile, Ratio, Slower, Value
from spec.names import SERVICE
from spec.records import recorded
from spec.samples import declared
from spec.scalars import Duration
from spec.value import worth_recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rules.proof.case import Series
    from rules.proof.levels import Levels
    from rules.proof.stream import Stream
    from rules.rule import Alerting
    from spec.selector import Matcher
    from spec.stack import Bound, BoundAlert, Watched

LOUD = 10.0
"""Strangers have this many times the events, so that letting them in decides a ratio."""
_MISSING_STEP = Duration.parse("30s")
"""A target that restarts must not look gone: its gap stays within Prometheus's memory of five minutes."""


def threshold_cases(
    service: Watched, bound: BoundAlert, rule: Alerting
) -> tuple[tuple[Case, ...], tuple[Threshold, ...]]:
    """Two courses through everything that can happen. Raises NoSamples when the alert can never fire."""
    indicator = bound.indicator
    near = levels(bound)
    window = indicator.window if ranged(indicator) else None
    step = step_of(window, rule.for_, rule.keep_firing_for, most=_longest(bound))
    target = streams(service, indicator, near, step)
    kept = {label: target[0].labels[label] for label in indicator.labels}
    planned = courses(_shape(bound, rule, near, step, window, kept))
    cases = tuple(
        Case(one.name, step, tuple(_all_series(bound, target, one, near, step)), one.checks) for one in planned
    )
    thresholds = () if isinstance(indicator.spec, Absence) else (near.threshold, *floor_threshold(indicator))
    return cases, thresholds


def floor_threshold(indicator: Bound) -> tuple[Threshold, ...]:
    """The least traffic, which the tests meet from both sides."""
    least = floor(indicator)
    return (Threshold(least, least * (1.5 * BELOW_FLOOR - 0.5), least * (1.5 * ABOVE_FLOOR - 0.5)),) if least else ()


def _longest(bound: BoundAlert) -> Duration | None:
    """The longest step that does not make the gap of a restart look like the fault itself."""
    if isinstance(bound.indicator.spec, Age):
        return max(Duration(int(abs(levels(bound).limit) * 1000 / 8)), Duration.parse("1s"))
    return _MISSING_STEP if bound.alert.missing == "fires" else None


def ranged(bound: Bound) -> bool:
    """Whether the value is read from a range of samples."""
    spec = bound.spec
    if isinstance(spec, Ratio):
        return declared(bound, spec.ratio.to).type != "gauge"
    return not isinstance(spec, Value | Age | Absence)


def tells(at: int, rule: Alerting, labels: Mapping[str, str], value: float) -> Tells:
    """The alert as it must be told: the rule's own labels over those of the expression, templates filled in."""
    full = {**labels, **rule.labels}
    texts = {name: render(text, value, full) for name, text in rule.annotations.items()}
    return Tells(at, full, texts)


def _shape(
    bound: BoundAlert, rule: Alerting, near: Levels, step: Duration, window: Duration | None, kept: Mapping[str, str]
) -> Shape:
    indicator, spec = bound.indicator, bound.indicator.spec
    events = isinstance(spec, Ratio | Quantile | Average | Slower) and window is not None
    shows = worth_recording(indicator) and isinstance(spec, Ratio | Average | Slower)
    return Shape(
        window=window.ms // step.ms if window else 0,
        wait=rule.for_.ms // step.ms,
        keep=rule.keep_firing_for.ms // step.ms if rule.keep_firing_for else 0,
        levels=near,
        labels={**kept, **rule.labels},
        told=tells(0, rule, kept, near.bad),
        events=events,
        floor=floor(indicator) > 0,
        hollow=isinstance(spec, Ratio)
        and window is None
        and spec.ratio.of.metric != spec.ratio.to.metric
        and near.rises,
        absence=isinstance(spec, Absence),
        fires_missing=bound.alert.missing == "fires",
        missing=tells(0, rule, {SERVICE: bound.service}, 1.0),
        recorded=selector(recorded(indicator), kept) if shows else "",
        without_part=(1.0 if spec.complement else 0.0) if isinstance(spec, Ratio) else None,
        record_labels=kept,
    )


def _all_series(
    bound: BoundAlert, target: tuple[Stream, ...], planned: Course, near: Levels, step: Duration
) -> Iterator[Series]:
    """The series under test, one sibling for each label the indicator keeps, a stranger for each matcher."""
    indicator = bound.indicator
    yield from series(target, planned.moments, step.seconds)
    quiet = tuple(
        replace(m, level=near.good, weight=1.0, scraped=True, restarted=False, hollow=False) for m in planned.moments
    )
    for label in indicator.spec.by:
        yield from series(_siblings(indicator, target, label), quiet, step.seconds)
    loud = LOUD if isinstance(indicator.spec, Ratio | Quantile | Average | Slower) else 1.0
    for matcher in dict.fromkeys(m for stream in target for m in stream.matchers):
        strangers = (s for s in target if matcher in s.matchers)
        outside = (s.relabelled(failing(indicator, s.labels, matcher, s.matchers)).scaled(loud) for s in strangers)
        yield from series(tuple(outside), planned.strangers, step.seconds)
    yield from series(tuple(_other_service(bound, target)), _other_moments(indicator, planned, near), step.seconds)


def _siblings(indicator: Bound, target: tuple[Stream, ...], label: str) -> tuple[Stream, ...]:
    matchers: tuple[Matcher, ...] = tuple(dict.fromkeys(m for stream in target for m in stream.matchers))
    return tuple(s.relabelled(sibling(indicator, s.labels, label, matchers)) for s in target)


def _other_service(bound: BoundAlert, target: tuple[Stream, ...]) -> Iterator[Stream]:
    """The same job of another service: a recorded series is chosen by its service, and so is what counts as missing."""
    if service_matcher(bound.indicator) in bound.indicator.part.matchers:
        return
    seen = isinstance(bound.indicator.spec, Absence) or bound.alert.missing == "fires"
    if seen or worth_recording(bound.indicator):
        yield from (s.relabelled(service_stranger(s.labels)) for s in target)


def _other_moments(indicator: Bound, planned: Course, near: Levels) -> tuple[Moment, ...]:
    if worth_recording(indicator):
        return planned.strangers
    return tuple(Moment(near.good) for _ in planned.moments)
