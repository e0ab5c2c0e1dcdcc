"""Proof of the notification: whom every alert reaches in an environment, what silences what, and when routes are mute.

The rendered configuration of Alertmanager is read as Alertmanager reads it, and compared with what the spec means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rules.groups import all_alerts
from rules.inhibition import DOWN, Condition, Rule, silences
from rules.log_alerts import log_groups
from rules.routing import reached, takes
from rules.rule import Alerting
from spec.names import ENVIRONMENT, SERVICE, SEVERITY, TEAM, WATCHDOG
from spec.stack import BoundAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from spec.notify import Hours, MuteInterval
    from spec.selector import Operator
    from spec.stack import SpecPath, Stack

    Kind: TypeAlias = tuple[tuple[tuple[str, str], ...], tuple[bool, ...]]

_MATCHER = re.compile(r'^([a-zA-Z_]\w*)(=~|!~|!=|=)"(.*)"$', re.DOTALL)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKS = ("2026-01-12", "2026-03-23", "2026-03-30", "2026-10-19", "2026-10-26")
"""Mondays of an ordinary week, and of the weeks in which clocks change in Europe and the days after."""
_EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class Routed:
    """An alert in an environment, and the receivers that it must reach, in the order they are told."""

    environment: str
    alert: Alerting
    labels: Mapping[str, str]
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class Broken:
    """Something the spec promises that does not hold, and where it is promised."""

    origin: SpecPath
    message: str


def every_alert(stack: Stack) -> tuple[Alerting, ...]:
    """Every alert that Alertmanager can get, from metrics and from logs."""
    logs = (rule for group in log_groups(stack) for rule in group.rules if isinstance(rule, Alerting))
    return (*all_alerts(stack), *logs)


def routed(stack: Stack) -> tuple[Routed, ...]:
    """Every alert of a stack with its receivers. Only labels that routes can ask for are kept."""
    environment = stack.spec.environment
    return tuple(_routed(stack, environment, rule) for rule in every_alert(stack))


def _routed(stack: Stack, environment: str, rule: Alerting) -> Routed:
    wanted = (SEVERITY, TEAM, SERVICE, "category")
    labels = {name: rule.labels[name] for name in wanted if name in rule.labels}
    labels |= {ENVIRONMENT: environment, "alertname": rule.alert}
    return Routed(environment, rule, labels, reached(stack.spec.notification, labels))


def about_names(route: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Every condition in a rendered tree of routes that is about the name of an alert."""
    own = tuple(one for one in _conditions(route.get("matchers", ())) if one.label == "alertname")
    return tuple(dict.fromkeys((*own, *(one for below in route.get("routes", ()) for one in about_names(below)))))


def kind(one: Routed, names: Sequence[Condition]) -> Kind:
    """What decides the route of an alert: its labels and, of its name, which of these conditions hold."""
    labels = tuple((name, value) for name, value in one.labels.items() if name != "alertname")
    return labels, tuple(condition.holds(one.labels) for condition in names)


def broken_promises(stack: Stack, alerts: Sequence[Routed]) -> Iterator[Broken]:
    """Promises of `must_reach` that an alert of this environment does not keep, or that are about no alert at all."""
    for index, promise in enumerate(stack.spec.notification.must_reach):
        origin: SpecPath = ("notification", "must_reach", index)
        about = [one for one in alerts if one.alert.alert != WATCHDOG and takes(promise.when, one.labels)]
        wrong_environment = promise.when.environment and stack.spec.environment not in promise.when.environment
        if not about and not wrong_environment:
            yield Broken(origin, f"the promise {promise.name} is about no alert in {stack.spec.environment}")
        for one in about:
            lost = [receiver for receiver in promise.to if receiver not in one.receivers]
            if lost:
                name = f"{one.alert.service}/{one.alert.alert}"
                message = f"in {one.environment} {name} does not reach {', '.join(lost)}, as {promise.name} promises"
                yield Broken(origin, message)


def read_inhibitions(rendered: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The inhibition rules of a rendered configuration. Raises ValueError for a matcher that Alertmanager misreads."""
    return tuple(
        Rule(_conditions(data["source_matchers"]), _conditions(data["target_matchers"]), tuple(data.get("equal", ())))
        for data in rendered
    )


def broken_inhibitions(stack: Stack, rules: Sequence[Rule]) -> Iterator[Broken]:
    """Rules that silence nothing; alerts that silence themselves; critical ones silenced by what nobody declared."""
    labels = [(rule, {**rule.labels, "alertname": rule.alert}) for rule in every_alert(stack)]
    origin: SpecPath = ("notification", "inhibitions")
    for rule in rules:
        sources = [one for one in labels if all(condition.holds(one[1]) for condition in rule.source)]
        targets = [one for one in labels if all(condition.holds(one[1]) for condition in rule.target)]
        pairs = [(source, target) for source in sources for target in targets if silences(rule, source[1], target[1])]
        if not pairs:
            yield Broken(origin, f"an inhibition silences no alert of the stack: {_spelled(rule)}")
        for (source, _), (target, _) in pairs:
            if source is target:
                yield Broken(target.origin, f"{target.service}/{target.alert} silences itself: {_spelled(rule)}")
            elif target.labels[SEVERITY] == "critical" and source.alert not in _declared(target):
                message = (
                    f"{target.service}/{target.alert} is critical, but {source.service}/{source.alert} silences it"
                )
                yield Broken(target.origin, message)


def _declared(rule: Alerting) -> tuple[str, ...]:
    """The alerts which the spec says make this one redundant."""
    return (DOWN, *(rule.source.alert.silenced_by if isinstance(rule.source, BoundAlert) else ()))


def _conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    return tuple(_condition(text) for text in texts)


def _condition(text: str) -> Condition:
    match = _MATCHER.match(text)
    if match is None:
        raise ValueError(f"not a matcher of Alertmanager: {text}")
    operators: dict[str, Operator] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
    return Condition(match[1], operators[match[2]], re.sub(r"\\(.)", r"\1", match[3]))


def _spelled(rule: Rule) -> str:
    source, target = (", ".join(map(str, side)) for side in (rule.source, rule.target))
    return f"{source} over {target}"


def broken_mutes(stack: Stack, rendered: Iterable[Mapping[str, Any]]) -> Iterator[Broken]:
    """Times of a week at which the rendered intervals are mute and the spec is not, or the other way round."""
    intervals = {data["name"]: data["time_intervals"] for data in rendered}
    for name, mute in stack.spec.notification.mute_intervals.items():
        origin: SpecPath = ("notification", "mute_intervals", name)
        if name not in intervals:
            yield Broken(origin, f"the mute interval {name} was not rendered")
            continue
        for moment in moments():
            told = any(_renders_mute(part, moment) for part in intervals[name])
            meant = is_mute(mute, moment)
            if told != meant:
                local = moment.astimezone(ZoneInfo(mute.location))
                state = "mute" if told else "not mute"
                yield Broken(origin, f"{name} is {state} on {local:%A %Y-%m-%d %H:%M %Z}, which the spec does not say")
                break


def moments() -> Iterator[datetime]:
    """Every quarter of an hour of the weeks looked at."""
    for monday in WEEKS:
        start = datetime.fromisoformat(monday).replace(tzinfo=UTC)
        yield from (start + _EVERY * n for n in range(7 * 96))


def is_mute(mute: MuteInterval, moment: datetime) -> bool:
    """What the spec means: times on the clock of a place; one that crosses midnight belongs to the day it begins on."""
    local = moment.astimezone(ZoneInfo(mute.location))
    return any(_within(hours, local) for hours in mute.times)


def _within(hours: Hours, local: datetime) -> bool:
    clock = f"{local:%H:%M}"

    def on(day: int) -> bool:
        return not hours.days or _DAYS[day % 7] in hours.days

    if hours.from_ < hours.to:
        return hours.from_ <= clock < hours.to and on(local.weekday())
    return (clock >= hours.from_ and on(local.weekday())) or (clock < hours.to and on(local.weekday() - 1))


def _renders_mute(part: Mapping[str, Any], moment: datetime) -> bool:
    """How Alertmanager reads an interval: https://prometheus.io/docs/alerting/latest/configuration/#time_interval"""
    local = moment.astimezone(ZoneInfo(part.get("location", "UTC")))
    minute = local.hour * 60 + local.minute
    in_time = any(_minutes(one["start_time"]) <= minute < _minutes(one["end_time"]) for one in part["times"])
    return in_time and ("weekdays" not in part or _DAYS[local.weekday()] in part["weekdays"])


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
