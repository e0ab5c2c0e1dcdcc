"""Samples that the spec gives for free PromQL, in promtool's notation, as what the simulator can play."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING

from spec.samples import Sample
from spec.selector import Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spec.indicator import GivenSample
    from spec.metric import Metric

STEP_SECONDS = 15.0
"""The time between two values of a given series."""
_TARGET_LABELS = frozenset({"job", "service", "instance"})


@dataclass(frozen=True)
class _Course:
    """A given series: its last value, and by how much it grows a step."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    le: str
    last: float
    step: float


def playable(given: Iterable[GivenSample], metrics: Mapping[str, Metric]) -> tuple[Sample, ...]:
    """The given series as samples; the buckets of a histogram become observations."""
    courses = [_course(sample) for sample in given]
    plain = (course for course in courses if course.metric in metrics)
    histograms = sorted((c for c in courses if c.metric not in metrics), key=lambda c: (_base(c.metric), c.labels))
    grouped = groupby(histograms, key=lambda c: (_base(c.metric), c.labels))
    return (*map(_plain, plain), *(sample for key, group in grouped for sample in _observed(*key, tuple(group))))


def _course(sample: GivenSample) -> _Course:
    selector = Selector.parse(sample.series)
    labels = {matcher.label: matcher.value for matcher in selector.matchers}
    last = sample.values.split()[-1]
    start, grows, rest = last.partition("+")
    value = float(start.partition("x")[0])
    step = float(rest.partition("x")[0]) if grows else 0.0
    kept = tuple((label, text) for label, text in labels.items() if label not in _TARGET_LABELS and label != "le")
    return _Course(selector.metric, kept, labels.get("le", ""), value, step)


def _base(metric: str) -> str:
    return next((metric.removesuffix(end) for end in ("_bucket", "_count", "_sum") if metric.endswith(end)), metric)


def _plain(course: _Course) -> Sample:
    if course.step:
        return Sample(course.metric, course.labels, rate=course.step / STEP_SECONDS)
    return Sample(course.metric, course.labels, value=course.last)


def _observed(metric: str, labels: tuple[tuple[str, str], ...], courses: tuple[_Course, ...]) -> Iterator[Sample]:
    """Observations at each bucket's bound, as often as the buckets' steps differ, the rest beyond the last bound. Where
    no bucket is given, all are the mean: what the sum grows by each. A sum alone is of observations of 1."""
    grows = {course.metric.removeprefix(metric): course.step for course in courses if not course.le}
    buckets = sorted((float(course.le.replace("+Inf", "inf")), course.step) for course in courses if course.le)
    bounds = [(bound, step) for bound, step in buckets if bound != inf]
    total = grows.get("_sum", 0.0)
    whole = max((*(step for _, step in buckets), grows.get("_count", 0.0))) or total
    if not whole:
        return
    below, observe = 0.0, []
    for bound, step in bounds:
        observe.append((bound, (step - below) / whole))
        below = step
    if below < whole:
        beyond = bounds[-1][0] * 4 if bounds else total / whole if total else 1.0
        observe.append((beyond, (whole - below) / whole))
    yield Sample(metric, labels, rate=whole / STEP_SECONDS, observe=tuple(observe))
