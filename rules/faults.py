"""Faults: for each alert, what must happen to a service so that its indicator is beyond the threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.aside import aside
from rules.given_series import playable
from spec.indicator import Forecast, PromQL, Ratio, Slower
from spec.log_series import measured
from spec.logs import LogRate
from spec.names import LOGS_PART, OWN_SERVICE, PROBE_PART, TARGET_PART
from spec.objectives import PAIRS, budget, burn_alert
from spec.samples import NoSamples, Sample, declared, pick, samples, usual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.logs import LogAlert, LogLines, Logs
    from spec.service import Probe
    from spec.stack import Bound, BoundAlert, BoundLogAlert, BoundObjective, Watched

BEYOND = 1.5
"""A fault goes this many times beyond the threshold."""
CROWDED = 1.1
"""The same for series, of which a target may have but a quarter more before it is refused."""
SHARES = (Ratio, Slower)
"""Kinds whose values are shares of events."""


@dataclass(frozen=True)
class EndpointFault:
    """A path answers with another status or more slowly (seconds)."""

    path: str
    status: int | None = None
    latency: float | None = None


@dataclass(frozen=True)
class LogFault:
    """Lines a second of a category (all lines when None), at a level, with a message, with these numbers in fields."""

    category: str | None
    lines_per_second: float
    level: str | None = None
    message: str | None = None
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Fault:
    """What lets an alert fire. `down` names the parts whose port is closed ("" is the service's own)."""

    alert: str
    series: tuple[Sample, ...] = ()
    endpoints: tuple[EndpointFault, ...] = ()
    logs: tuple[LogFault, ...] = ()
    down: tuple[str, ...] = ()
    crowd: int = 0
    """As many series as the service's own port exposes then, far more than its contract says."""


def faults(service: Watched) -> tuple[Fault, ...]:
    """A fault for every alert of a service that a simulator can bring about; the stack itself is not simulated."""
    if service.name == OWN_SERVICE or not service.spec.simulate:
        return ()
    found = [_fault(service, bound) for bound in service.alerts]
    burns = [fault for bound in service.objectives for fault in _burns(service, bound)]
    logs = [_log_fault(service, bound) for bound in service.log_alerts]
    return tuple(fault for fault in (*found, *burns, *logs) if fault is not None)


def wrong_side(bound: BoundAlert, next_limit: float | None = None) -> float:
    """A value beyond the alert's threshold, well clear of it, and of the next one, which another alert has."""
    alert = bound.alert
    limit_given = alert.above or alert.below
    if next_limit is not None and limit_given is not None:
        return (limit_given.value + next_limit) / 2
    if isinstance(bound.indicator.spec, Forecast) and alert.below is not None:
        return _far_below(bound.indicator, bound.indicator.spec, alert.below.value)
    if alert.above is not None:
        limit = alert.above.value
        if _is_share(bound.indicator):
            return (limit + 1) / 2
        return limit * BEYOND if limit > 0 else limit + 1
    if alert.below is None:
        return 1.0
    limit = alert.below.value
    return 0.0 if 0 <= limit <= 1 and not _is_share(bound.indicator) else limit / BEYOND if limit > 0 else limit - 1


def _far_below(bound: Bound, spec: Forecast, limit: float) -> float:
    """Clearly less than a limit near nothing, by what the gauge usually is."""
    of = spec.forecast.of
    return limit - usual(declared(bound, of), pick(bound, of)) / 10


def _is_share(bound: Bound) -> bool:
    unit = bound.spec.unit
    return isinstance(bound.spec, SHARES) or (unit == "ratio" and not isinstance(bound.spec, PromQL))


def _fault(service: Watched, bound: BoundAlert) -> Fault | None:
    name, part = bound.alert.name, bound.indicator.part.name
    special = {PROBE_PART: _probe_fault, TARGET_PART: _target_fault, LOGS_PART: _lines_fault}.get(part)
    if special is not None:
        return special(service, bound)
    if isinstance(bound.indicator.spec, PromQL):
        series = playable(bound.indicator.spec.samples.bad, bound.indicator.part.metrics)
        return Fault(name, series) if series else None
    try:
        return Fault(name, _reachable(service, bound))
    except NoSamples:
        return None


def _target_fault(service: Watched, bound: BoundAlert) -> Fault | None:
    """The service's own port is closed, or an exporter's. Without one, a target that is down is the service itself."""
    own = any(one.indicator.name == "main-up" for one in service.alerts)
    exporters = [part.name for part in service.parts if part.pack]
    if bound.indicator.name == "series":
        near = bound.alert.above
        return Fault(bound.alert.name, crowd=int(near.value * CROWDED)) if near else None
    if bound.indicator.name == "main-up":
        return Fault(bound.alert.name, down=("",))
    if exporters:
        return Fault(bound.alert.name, down=(exporters[0],))
    return None if own else Fault(bound.alert.name, down=("",))


def _next_limit(service: Watched, bound: BoundAlert) -> float | None:
    """The threshold beyond this alert's where another alert on the same indicator begins, which may silence it."""
    same = [other.alert for other in service.alerts if other.indicator is bound.indicator]
    if bound.alert.above is not None:
        limit = bound.alert.above.value
        return min((one.above.value for one in same if one.above and one.above.value > limit), default=None)
    limit = bound.alert.below.value if bound.alert.below else 0.0
    return max((one.below.value for one in same if one.below and one.below.value < limit), default=None)


def _reachable(service: Watched, bound: BoundAlert) -> tuple[Sample, ...]:
    """Samples for a value beyond the threshold; nearer to it where the far one cannot be reached."""
    far, indicator = wrong_side(bound, _next_limit(service, bound)), aside(service, bound)
    limit = bound.alert.above or bound.alert.below
    try:
        return samples(indicator, far)
    except NoSamples:
        if limit is None:
            raise
        return samples(indicator, limit.value + (far - limit.value) / 50)


def _probe_fault(service: Watched, bound: BoundAlert) -> Fault | None:
    probe = next(
        p
        for p in service.spec.probes
        if bound.indicator.name.startswith((f"{p.name}-up", f"{p.name}-latency", f"{p.name}-certificate"))
    )
    path = probe_path(probe)
    if bound.indicator.name == f"{probe.name}-up":
        return (
            Fault(bound.alert.name, endpoints=(EndpointFault(path, status=200 if probe.kind == "closed" else 503),))
            if path
            else Fault(bound.alert.name, down=("",))
        )
    if bound.indicator.name == f"{probe.name}-latency" and path and bound.alert.above is not None:
        return Fault(
            bound.alert.name, endpoints=(EndpointFault(path, latency=bound.alert.above.value * BEYOND + 0.05),)
        )
    return None


def probe_path(probe: Probe) -> str:
    """The path of an HTTP probe's URL; empty for TCP."""
    return "/" + probe.url.split("/", 3)[3] if probe.url and probe.url.count("/") >= 3 else "/" if probe.url else ""


def _burns(service: Watched, bound: BoundObjective) -> Iterator[Fault]:
    objective = bound.objective
    for speed, severity in (("fast", objective.alerts.fast), ("slow", objective.alerts.slow)):
        if severity is None:
            continue
        factor = max(pair.factor(objective.window) for pair in PAIRS if pair.speed == speed)
        bad = min(1.0, max(0.5, factor * budget(bound) * BEYOND))
        yield from _burn(service, bound, burn_alert(bound, speed), bad)


def _burn(service: Watched, bound: BoundObjective, name: str, bad: float) -> Iterator[Fault]:
    part = bound.indicator.part.name
    if part == PROBE_PART:
        stem = bound.indicator.name.removesuffix("-up").removesuffix("-latency")
        probe = next(p for p in service.spec.probes if p.name == stem)
        yield Fault(name, endpoints=(EndpointFault(probe_path(probe), status=503),))
        return
    if part == TARGET_PART:
        yield Fault(name, down=("",))
        return
    try:
        yield Fault(
            name,
            samples(
                bound.indicator,
                bad if isinstance(bound.indicator.spec, SHARES) else 0.0,
            ),
        )
    except NoSamples:
        return


def _lines_fault(service: Watched, bound: BoundAlert) -> Fault | None:
    """So many lines as the indicator counts, or lines with such numbers as it compares."""
    logs, alert = service.spec.logs, bound.alert
    if logs is None:
        return None
    indicator = logs.indicators[bound.indicator.name]
    if isinstance(indicator, LogRate):
        limit = alert.above.value if alert.above else None
        return Fault(alert.name, logs=(_few(logs, indicator.rate) if limit is None else _many(indicator.rate, limit),))
    of = indicator.quantile
    number = (of.field, wrong_side(bound) / measured(of.field).factor)
    return Fault(alert.name, logs=(replace(_many(of, 0), numbers=(number,)),))


def _many(chosen: LogAlert | LogLines, limit: float) -> LogFault:
    """Many more such lines than a limit."""
    level = chosen.levels[0] if chosen.levels else None
    return LogFault(chosen.category, limit * 3 + 1, level, chosen.contains)


def _few(logs: Logs, lines: LogLines) -> LogFault:
    """None of these lines, while the service writes others: of a service that is silent the indicator knows nothing."""
    other = next((level for level in logs.levels if level not in (*lines.levels, *logs.drop)), None)
    if lines.category is None and lines.levels and other is not None:
        return LogFault(None, logs.lines, other)
    return LogFault(lines.category, 0.0)


def _log_fault(service: Watched, bound: BoundLogAlert) -> Fault | None:
    alert = bound.alert
    lines = LogFault(alert.category, 0.0) if alert.above is None else _many(alert, alert.above.value)
    return Fault(alert.name, logs=(lines,))
