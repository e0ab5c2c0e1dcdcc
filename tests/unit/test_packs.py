"""What every pack promises: what it names it declares, what it declares it uses, and an ordinary day stays quiet."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import promql_parser
import pytest

from spec import packs
from spec.expr import DERIVED_SUFFIXES, expr
from spec.indicator import Age, Average, Forecast, Increase, PromQL, Quantile, Rate, Ratio, Value
from spec.names import SERVICE
from spec.records import main_selector, selectors
from spec.scalars import Duration, seconds
from spec.stack import Bound, Part, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.alert import Alert
    from spec.indicator import Measure
    from spec.metric import Metric
    from spec.selector import Matcher, Selector
    from spec.service import Pack

NAMES = ("alertmanager", "alloy", "blackbox", "grafana", "inbox", "loki", "node", "prometheus", "redis")
PACKS = tuple(packs.read(name) for name in NAMES)
ALERTS = tuple((pack, alert) for pack in PACKS for alert in pack.alerts)
INDICATORS = tuple((pack, name, spec) for pack in PACKS for name, spec in pack.indicators.items())
TARGET_LABELS = {"instance"}
OPTIONAL = {
    "remote-write-age": "only a stack with a remote write has these series",
    "remote-write-failures": "only a stack with a remote write has these series",
    "failed-peers": "only clustered Alertmanagers have this series",
    "config-difference": "says something only of several Alertmanagers",
}
"""Indicators that are on no panel, with the reason: the panel would be empty in most stacks."""
DEFAULT_WINDOW = seconds("5m")
SHORTEST_WINDOW = seconds("1m")
"""Four scrapes of the default interval."""
SPREAD = 0.5
"""The standard deviation of the logarithm of simulated durations."""


def alert_id(value: object) -> str:
    return str(getattr(value, "name", None) or getattr(value, "pack", None) or value)


def base(pack: Pack, selector: Selector) -> str:
    """The declared metric of a selector, which may name a histogram's count or sum."""
    if selector.metric in pack.metrics:
        return selector.metric
    return next(selector.metric.removesuffix(end) for end in DERIVED_SUFFIXES if selector.metric.endswith(end))


def bind(pack: Pack, name: str) -> Bound:
    part = Part(
        pack.pack,
        "shop",
        (equal("job", f"shop-{pack.pack}"), equal(SERVICE, "shop")),
        pack.metrics,
        pack.indicators,
        (),
    )
    spec = pack.indicators[name]
    return Bound(name, spec, part, spec.window or DEFAULT_WINDOW, ())


def test_every_pack_is_here_and_named_like_its_file() -> None:
    assert packs.names() == NAMES
    assert tuple(pack.pack for pack in PACKS) == NAMES


def test_names_of_alerts_are_unique_over_all_packs() -> None:
    """The stack's own service has all packs at once."""
    names = [alert.name for _, alert in ALERTS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("pack", "alert"), ALERTS, ids=alert_id)
def test_alert_says_all_that_a_person_needs(pack: Pack, alert: Alert) -> None:
    assert alert.indicator in pack.indicators
    assert (alert.above is None) != (alert.below is None)
    assert alert.meaning
    assert 2 <= len(alert.steps) <= 4
    assert not alert.summary.endswith(".")
    assert alert.missing == "silent"


@pytest.mark.parametrize(("pack", "name", "spec"), INDICATORS, ids=alert_id)
def test_indicator_names_declared_metrics_labels_and_values(pack: Pack, name: str, spec: Measure) -> None:
    known = set(TARGET_LABELS)
    for selector in selectors(spec):
        labels = pack.metrics[base(pack, selector)].labels
        known |= set(labels)
        for matcher in selector.matchers:
            assert any(map(matcher.matches, labels[matcher.label])), f"{matcher} matches no declared value"
    if selectors(spec):
        assert set(spec.by) <= known


@pytest.mark.parametrize(("pack", "name", "spec"), INDICATORS, ids=alert_id)
def test_indicator_fits_the_type_of_its_metric(pack: Pack, name: str, spec: Measure) -> None:
    for selector in selectors(spec):
        metric = pack.metrics[base(pack, selector)]
        grows = metric.type == "counter" or selector.metric not in pack.metrics
        if isinstance(spec, Rate | Increase):
            assert grows
        elif isinstance(spec, Quantile | Average):
            assert metric.type == "histogram"
        elif isinstance(spec, Value | Age | Forecast):
            assert metric.type == "gauge"
    if isinstance(spec, Ratio):
        whole, part = (pack.metrics[base(pack, selector)] for selector in (spec.ratio.to, spec.ratio.of))
        assert part.type == whole.type


@pytest.mark.parametrize(("pack", "name", "spec"), INDICATORS, ids=alert_id)
def test_indicator_makes_promql_of_declared_metrics_over_a_window_of_four_scrapes(
    pack: Pack, name: str, spec: Measure
) -> None:
    bound = bind(pack, name)
    text = expr(bound)
    promql_parser.parse(text)
    assert bound.window >= SHORTEST_WINDOW
    assert re.findall(r"(\w+)\{", text)
    for metric in re.findall(r"(\w+)\{", text):
        assert metric in pack.metrics or metric.removesuffix(metric[metric.rfind("_") :]) in pack.metrics
    assert text.count('job="shop-') >= max(1, len(selectors(spec)))


@pytest.mark.parametrize("pack", PACKS, ids=alert_id)
def test_declared_metrics_are_used(pack: Pack) -> None:
    """A contract is what the simulator plays and the checks hold targets to: nothing in it is for show."""
    texts = [expr(bind(pack, name)) for name in pack.indicators]
    unused = [
        metric
        for metric in pack.metrics
        if not any(re.search(rf"\b{metric}(_bucket|_sum|_count)?{{", text) for text in texts)
    ]
    assert unused == []


@pytest.mark.parametrize("pack", PACKS, ids=alert_id)
def test_every_indicator_has_a_panel_and_every_panel_an_indicator(pack: Pack) -> None:
    shown = [panel.indicator for section in pack.sections for panel in section.panels]
    assert sorted(map(str, shown)) == sorted(set(pack.indicators) - set(OPTIONAL))


@pytest.mark.parametrize(("pack", "alert"), ALERTS, ids=alert_id)
def test_free_promql_behind_an_alert_brings_samples(pack: Pack, alert: Alert) -> None:
    spec = pack.indicators[alert.indicator]
    if isinstance(spec, PromQL):
        assert spec.samples.good
        assert spec.samples.bad
        assert "$scope" in spec.promql
        assert "$by" in spec.promql


@pytest.mark.parametrize(
    ("name", "threshold", "lasting", "severity"),
    [
        ("HostCpuHigh", "above 80%", "5m", "high"),
        ("HostMemoryHigh", "above 85%", "5m", "high"),
        ("HostDiskFull", "above 90%", "5m", "critical"),
        ("HostDiskFillsUp", "below 0", "1h", "medium"),
        ("RedisDown", "below 1", "1m", "critical"),
        ("PrometheusRuleFailures", "above 0", "2m", "critical"),
        ("AlertmanagerNotificationsFailing", "above 1%", "5m", "critical"),
        ("BlackboxConfigReloadFailed", "below 1", "1m", "high"),
    ],
)
def test_thresholds_that_were_promised(name: str, threshold: str, lasting: str, severity: str) -> None:
    alert = next(alert for _, alert in ALERTS if alert.name == name)
    side = f"above {alert.above}" if alert.above is not None else f"below {alert.below}"
    assert (side, str(alert.for_), alert.severity) == (threshold, lasting, severity)


@dataclass(frozen=True)
class Reach:
    """The lowest and the highest that something gets on an ordinary day."""

    low: float
    high: float


DAILY_WAVE = 0.4
"""By how much the simulator's load leaves the typical rate, noise included."""


def rates(metric: Metric, matchers: tuple[Matcher, ...], by: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    """Events a second of the matching series, by the labels that are kept."""
    total: dict[tuple[str, ...], float] = defaultdict(float)
    for labels in metric.label_sets():
        if all(m.matches(labels[m.label]) for m in matchers if m.label in labels):
            share = math.prod(weight(metric, label, value) for label, value in labels.items())
            total[tuple(labels.get(label, "") for label in by)] += (metric.typical.rate or 0) * share
    return total


def weight(metric: Metric, label: str, value: str) -> float:
    shares = metric.shares.get(label)
    return shares.get(value, 0) / sum(shares.values()) if shares else 1 / len(metric.labels[label])


def bands(metric: Metric, matchers: tuple[Matcher, ...], by: tuple[str, ...]) -> dict[tuple[str, ...], list[Reach]]:
    """The bands of the matching series of a gauge, by the labels that are kept."""
    found: dict[tuple[str, ...], list[Reach]] = defaultdict(list)
    typical = metric.typical
    for labels in metric.label_sets():
        if all(m.matches(labels[m.label]) for m in matchers):
            band = typical.bands[labels[typical.by]] if typical.by else typical.between
            assert band is not None, "a gauge without a typical band"
            found[tuple(labels.get(label, "") for label in by)].append(Reach(*band))
    return found


def ordinary(pack: Pack, spec: Measure) -> Iterator[Reach]:
    """What the indicator reaches on an ordinary day, for each set of labels that it keeps. Nothing for free PromQL."""
    selector = main_selector(spec)
    if selector is None:
        return
    metric = pack.metrics[base(pack, selector)]
    match spec:
        case Rate() | Increase():
            span = (spec.window or DEFAULT_WINDOW).seconds if isinstance(spec, Increase) else 1
            for rate in rates(metric, selector.matchers, spec.by).values():
                yield Reach(rate * (1 - DAILY_WAVE) * span, rate * (1 + DAILY_WAVE) * span)
        case Quantile(quantile=args):
            assert metric.typical.median is not None
            usual = metric.typical.median * math.exp(SPREAD * NormalDist().inv_cdf(args.q))
            yield Reach(usual, usual)
        case Value() | Forecast():
            for series in bands(metric, selector.matchers, spec.by).values():
                yield Reach(sum(s.low for s in series), sum(s.high for s in series))
        case Age():
            for series in bands(metric, selector.matchers, spec.by).values():
                yield Reach(min(s.low for s in series), max(s.high for s in series))
        case Ratio():
            yield from ratios(pack, spec)


def ratios(pack: Pack, spec: Ratio) -> Iterator[Reach]:
    of, to = spec.ratio.of, spec.ratio.to
    part, whole = (pack.metrics[base(pack, selector)] for selector in (of, to))
    if whole.type == "gauge":
        parts, wholes = bands(part, of.matchers, spec.by), bands(whole, to.matchers, spec.by)
        low = {key: sum(s.low for s in parts[key]) / sum(s.high for s in wholes[key]) for key in wholes}
        high = {key: sum(s.high for s in parts[key]) / sum(s.low for s in wholes[key]) for key in wholes}
    else:
        events, total = rates(part, of.matchers, spec.by), rates(whole, to.matchers, spec.by)
        low = high = {key: events[key] / total[key] for key in total if total[key]}
    for key in low:
        yield Reach(1 - high[key], 1 - low[key]) if spec.complement else Reach(low[key], high[key])


@pytest.mark.parametrize(("pack", "alert"), ALERTS, ids=alert_id)
def test_an_ordinary_day_is_quiet(pack: Pack, alert: Alert) -> None:
    spec = pack.indicators[alert.indicator]
    days = list(ordinary(pack, spec))
    assert days or isinstance(spec, PromQL)
    for day in days:
        if alert.above is not None:
            assert day.high <= alert.above.value
        if alert.below is not None:
            assert day.low >= alert.below.value


@pytest.mark.parametrize("pack", PACKS, ids=alert_id)
def test_a_forecast_of_an_ordinary_day_stays_far_from_its_threshold(pack: Pack) -> None:
    """A daily wave has its steepest slope at 2π times its half height a day; a forecast of a day follows that."""
    for spec in pack.indicators.values():
        if isinstance(spec, Forecast):
            assert spec.forecast.ahead <= Duration.parse("1d")
            metric = pack.metrics[spec.forecast.of.metric]
            for series in bands(metric, spec.forecast.of.matchers, spec.by).values():
                for band in series:
                    assert band.low - math.pi * (band.high - band.low) > band.low / 2
