"""What a panel shows: an indicator, with the alerts that watch it. How it is asked, its unit, what to say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from dashboards import look
from dashboards.pace import PACES, pace
from dashboards.parts import RATE_INTERVAL, Meaning, Threshold
from spec.expr import expr, number, traffic
from spec.indicator import (
    Absence,
    Age,
    Anomaly,
    Average,
    Forecast,
    Increase,
    PromQL,
    Quantile,
    Rate,
    Ratio,
    Slower,
    Value,
)
from spec.lately import held, lately
from spec.names import LOGS_PART, SERVICE
from spec.records import main_selector, metric
from spec.units import unit
from spec.value import is_long, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.alert import Alert
    from spec.indicator import Measure
    from spec.metric import Metric
    from spec.stack import Bound, Watched

EVENT_KINDS = (Ratio, Quantile, Average, Slower, PromQL)
"""Kinds that divide by events: without events they have no value."""

SCREEN_WIDE_KINDS = (Rate, Ratio, Quantile, Average, Slower, PromQL)
"""Kinds whose window may follow the screen, unless the spec gives them one of their own."""

STATE = re.compile(r"\b1 while|\bwhether\b|\b1 or 0\b", re.IGNORECASE)
"""In the help of a metric whose only values are 1 and 0."""

ANY_EVENT, ANY_SHARE = 0.5, 1e-9
"""What stands for a threshold of 0: Grafana takes it as passed when it is reached, an alert only beyond it."""

NOTHING = "nothing to measure"

UNKNOWN_SERIES = 2
"""How many values are assumed of a label that the contract does not list, such as `instance`."""


@dataclass(frozen=True)
class Subject:
    """An indicator as a panel shows it. `recorded`: an alert watches exactly this, and the panel shows what it sees;
    or it is recorded for its panels alone, because it reads much."""

    bound: Bound
    alerts: tuple[Alert, ...] = ()
    recorded: bool = False

    @held
    def spec(self) -> Measure:
        return self.bound.spec

    @held
    def metric(self) -> Metric | None:
        """The metric of the contract which the indicator is mainly about; None for free PromQL."""
        name = metric(self.spec)
        for known in (name, name.removesuffix("_count").removesuffix("_sum")):
            if known in self.bound.part.metrics:
                return self.bound.part.metrics[known]
        return None

    @held
    def query(self) -> str:
        """The PromQL: recorded where an alert watches it, else over the window of the screen where that makes sense."""
        free = self.spec.window is None and isinstance(self.spec, SCREEN_WIDE_KINDS)
        read = value(self.bound) if self.recorded else expr(self.bound, RATE_INTERVAL if free else "")
        return read if self._pace[0] == 1 else f"{self._pace[0]} * {read}"

    @held
    def legend(self) -> str:
        """The labels that tell its series apart; its title when there is only one."""
        return " ".join(f"{{{{{label}}}}}" for label in self._telling) or self.bound.title

    @held
    def _telling(self) -> tuple[str, ...]:
        """The labels that tell its series apart; the service too, where several are asked at once."""
        of_many = not self.bound.part.service and "instance" not in self.spec.by
        return (SERVICE, *self.spec.by) if of_many else self.spec.by

    @held
    def series(self) -> int:
        """About how many series it has, from the labels' values in the contract."""
        count = 1
        for label in self._telling:
            count *= len(self.metric.labels.get(label, ())) or UNKNOWN_SERIES if self.metric else UNKNOWN_SERIES
        return count

    @held
    def unit(self) -> str:
        """The unit as the house style knows it; rates say of what where that is clear."""
        own = unit(self.bound)
        if own != "per second":
            return own
        if self.metric is not None and self.metric.unit == "bytes":
            return "bytes/s"
        return "requests/s" if self._pace[0] == 1 and "request" in metric(self.spec) else self._pace[1]

    @held
    def _pace(self) -> tuple[int, str]:
        """Rates of rare events are shown by the minute or the hour."""
        if unit(self.bound) != "per second" or (self.metric is not None and self.metric.unit == "bytes"):
            return PACES[0]
        return pace(self.metric, main_selector(self.spec))

    @held
    def thresholds(self) -> tuple[Threshold, ...]:
        """The alerts' thresholds; none on a state, which has meanings instead."""
        if self.is_state:
            return ()
        sides = ((alert, alert.above or alert.below) for alert in self.alerts)
        found = (
            Threshold(limit.value * self._pace[0] or self._any, alert.severity, below=alert.above is None)
            for alert, limit in sides
            if limit is not None
        )
        return tuple(dict.fromkeys(found))

    @property
    def _any(self) -> float:
        return ANY_SHARE if self.unit else ANY_EVENT

    @held
    def is_state(self) -> bool:
        """Whether its values are only 0 and 1: the help of such a metric says when it is 1."""
        if isinstance(self.spec, Absence):
            return True
        known = self.metric
        said = f"{self.spec.help or ''} {known.help}" if known is not None and not known.unit else ""
        return isinstance(self.spec, Value) and STATE.search(said) is not None

    @held
    def good(self) -> float:
        """Which of the two values of a state is the good one."""
        if any(alert.above is not None and alert.above.value < 1 for alert in self.alerts):
            return 0.0
        band = self.metric.typical.between if self.metric else None
        return 0.0 if isinstance(self.spec, Absence) or band == (0, 0) else 1.0

    @held
    def meanings(self) -> tuple[Meaning, ...]:
        """The texts of a state's two values; of other indicators none."""
        if not self.is_state:
            return ()
        worst = min(
            (alert.severity for alert in self.alerts), key=list(look.SEVERITY_COLOURS).index, default="critical"
        )
        return _of_states(self.good, worst)

    @held
    def empty(self) -> str:
        """The text in place of a value where there rightly may be none; empty where there must be one."""
        if isinstance(self.spec, Absence):
            return "present"
        if isinstance(self.spec, Anomaly):
            return "needs a day of history"
        if self.bound.part.real:
            return NOTHING if self._may_be_absent else ""
        rare = self.metric is not None and not self.metric.typical.rate and bool(traffic(self.bound))
        return NOTHING if rare and isinstance(self.spec, EVENT_KINDS) else ""

    @property
    def _may_be_absent(self) -> bool:
        """Of programs that no simulator plays: their labelled series come with the first event, and what log lines tell
        with the first line."""
        of = main_selector(self.spec)
        if isinstance(self.spec, EVENT_KINDS) or of is None or self.metric is None:
            return True
        if self.bound.part.name == LOGS_PART:
            return True
        return bool(self.metric.labels or of.matchers or self.metric.typical.between == (0, 0)) and not self.is_state

    @held
    def worst(self) -> str:
        """The query with all series as one: their sum where they add up, else the one nearest to trouble."""
        if not self.spec.by:
            return self.query
        if isinstance(self.spec, Rate | Increase):
            return f"sum({self.query})"
        low = any(alert.below is not None for alert in self.alerts) or isinstance(self.spec, Forecast)
        function = "min" if low or (self.is_state and self.good == 1) else "max"
        return f"{function}({self.query})"

    @held
    def description(self) -> str:
        """What it shows and how it is made, and which alerts watch it."""
        said = self.spec.help or (self.metric.help if self.metric and not self.spec.title else "")
        lines = [part for part in (said, _made(self.spec, self.bound)) if part]
        return "\n\n".join([*lines, *(_watched(alert) for alert in self.alerts)])


@lately
def subject(service: Watched, key: str, split: tuple[str, ...] = ()) -> Subject:
    """An indicator of a service by its key, with a line for each value of the labels `split`."""
    bound = service.indicators[key]
    alerts = tuple(found.alert for found in service.alerts_of(key))
    more = tuple(label for label in split if label not in bound.spec.by)
    if not more:
        return Subject(bound, alerts, recorded=bool(alerts) or is_long(bound))
    wider = bound.spec.model_copy(update={"by": (*bound.spec.by, *more)})
    return Subject(replace(bound, spec=wider), alerts)


@cache
def _of_states(good: float, worst: str) -> tuple[Meaning, Meaning]:
    """The good value and the bad one, in the colour of the worst alert."""
    texts = ("ok", "failing") if good == 1 else ("no", "yes")
    return Meaning(good, texts[0], look.OK), Meaning(1 - good, texts[1], look.SEVERITY_COLOURS[worst])


def _made(spec: Measure, bound: Bound) -> str:
    """How the value comes about, in a sentence; nothing of free PromQL."""
    of = main_selector(spec)
    match spec:
        case Ratio(ratio=share, complement=turned):
            return f"The share `{share.of}` / `{share.to}`{', subtracted from 1' if turned else ''}."
        case Quantile(quantile=args):
            return f"The value that {args.q * 100:g} of 100 observations in `{of}` stay under."
        case Slower(slower=slow):
            return f"The share of observations in `{of}` above {slow.over}."
        case Forecast(forecast=ahead):
            return f"Where a straight line through the last {bound.window} of `{of}` leads in {ahead.ahead}."
        case _:
            return _SENTENCES.get(type(spec), "").format(of=of, window=bound.window)


_SENTENCES: Mapping[type[Measure], str] = {
    Value: "The present value of `{of}`.",
    Rate: "How fast `{of}` grows, per second.",
    Increase: "How much `{of}` grew in {window}.",
    Average: "The mean of the observations in `{of}`.",
    Absence: "1 while there is no `{of}`.",
    Age: "The time since `{of}`.",
    Anomaly: "How many standard deviations `{of}` is away from the same hour of the days before.",
}


def _watched(alert: Alert) -> str:
    limit = alert.above or alert.below
    side = "above" if alert.above is not None else "below"
    crossed = f" {side} {number(limit.value) if not str(limit) else limit}" if limit is not None else ""
    lasting = f" for {alert.for_}" if alert.for_.ms else ""
    return f"Alert {alert.name} ({alert.severity}){':' if crossed or lasting else ''}{crossed}{lasting}."
