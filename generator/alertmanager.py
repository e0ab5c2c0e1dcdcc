"""Alertmanager: routes by severity, owner and environment, inhibition, times of silence, and the words of messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.receivers import NOBODY, SMOKE, receivers, smtp
from generator.runtime import RUNTIMES, Runtime
from generator.text import to_yaml
from rules import inhibition
from spec import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spec.notify import Hours, Route, When
    from spec.scalars import Duration
    from spec.stack import Stack

TEMPLATES = "alertmanager/templates/specola.tmpl"
_TEMPLATE = Path(__file__).parent / "templates" / "alertmanager.tmpl"
_MATCHED = (
    ("severity", names.SEVERITY),
    ("owner", names.TEAM),
    ("service", names.SERVICE),
    ("environment", names.ENVIRONMENT),
    ("category", "category"),
    ("alert", "alertname"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HEARTBEAT_EVERY = "1m"
HEARTBEAT_AFTER = "50s"
"""Less than the interval of its group: a message a moment less than that ago would let Alertmanager skip one."""


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`alertmanager.yml` for each runtime, and the templates that both share."""
    if not stack.enabled("alertmanager"):
        return ()
    configs = (Artefact(f"{r.folder}/alertmanager/alertmanager.yml", to_yaml(config(stack, r))) for r in RUNTIMES)
    return (*configs, Artefact(TEMPLATES, _TEMPLATE.read_bytes()))


def config(stack: Stack, runtime: Runtime) -> dict[str, Any]:
    """The configuration as data, with keys that 0.25 and current versions both know."""
    notification = stack.spec.notification
    intervals = [
        {"name": name, "time_intervals": [part for hours in mute.times for part in _times(hours, mute.location)]}
        for name, mute in notification.mute_intervals.items()
    ]
    return {
        "global": {"resolve_timeout": str(notification.resolve_timeout), **smtp(stack, runtime)},
        "templates": [f"{runtime.shared('alertmanager/templates')}/*.tmpl"],
        "route": route_tree(stack),
        "inhibit_rules": list(inhibition_data(stack)),
        **({"time_intervals": intervals} if intervals else {}),
        "receivers": receivers(stack, runtime),
    }


def route_tree(stack: Stack) -> dict[str, Any]:
    """Every route delivers; the root's receiver gets what no route took. The watchdog goes to the heartbeat alone."""
    notification = stack.spec.notification
    grouping = notification.grouping
    heartbeat = {
        "receiver": notification.heartbeat or NOBODY,
        "matchers": [f'alertname="{names.WATCHDOG}"'],
        "group_wait": "0s",
        "group_interval": HEARTBEAT_EVERY,
        "repeat_interval": HEARTBEAT_AFTER,
    }
    return {
        "receiver": notification.default,
        "group_by": list(grouping.by),
        **_waits(grouping.wait, grouping.interval),
        "repeat_interval": str(min(grouping.repeat.values(), key=lambda every: every.ms)),
        "routes": [
            heartbeat,
            *_smoke(stack),
            *(item for route in notification.routes for item in _routes(stack, route)),
        ],
    }


def _smoke(stack: Stack) -> Iterator[dict[str, Any]]:
    """The test alert goes to the inbox at once, and to no person."""
    receiver = SMOKE if stack.enabled("inbox") else NOBODY
    yield {
        "receiver": receiver,
        "matchers": [f'alertname="{names.SMOKE_ALERT}"'],
        "group_by": ["alertname", "run"],
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "1h",
    }


def _waits(wait: Duration | None, interval: Duration | None) -> dict[str, str]:
    pairs = (("group_wait", wait), ("group_interval", interval))
    return {key: str(value) for key, value in pairs if value is not None}


def _routes(stack: Stack, route: Route) -> Iterator[dict[str, Any]]:
    """One route a receiver; below it one a severity, when the severity decides how often an alert is told again."""
    mute = {"mute_time_intervals": list(route.mute)} if route.mute else {}
    for receiver in route.to:
        data: dict[str, Any] = {"receiver": receiver, "matchers": matchers(route.when), "continue": True}
        data |= {**_waits(route.wait, route.interval), **mute}
        if route.repeat is not None:
            yield data | {"repeat_interval": str(route.repeat)}
            continue
        severities = route.when.severity or names.SEVERITIES
        repeats = stack.spec.notification.grouping.repeat
        data["routes"] = [
            {"matchers": [f'severity="{severity}"'], "repeat_interval": str(repeats[severity]), **mute}
            for severity in severities
            if severity in repeats
        ]
        yield data


def matchers(when: When) -> list[str]:
    """Alertmanager's matchers for a condition; a list of values becomes a regular expression."""
    found = []
    for field, label in _MATCHED:
        values = getattr(when, field)
        if values:
            found.append(f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"')
    return found


def inhibition_data(stack: Stack) -> Iterator[dict[str, Any]]:
    """What silences what, as Alertmanager reads it."""
    for rule in inhibition.rules(stack):
        data: dict[str, Any] = {
            "source_matchers": [str(condition) for condition in rule.source],
            "target_matchers": [str(condition) for condition in rule.target],
        }
        yield data | ({"equal": list(rule.equal)} if rule.equal else {})


def _times(hours: Hours, location: str) -> Iterator[dict[str, Any]]:
    """Alertmanager has no interval across midnight: such a time becomes an evening, and a morning of the day after."""
    if hours.from_ < hours.to:
        yield _time(hours.from_, hours.to, hours.days, location)
        return
    yield _time(hours.from_, "24:00", hours.days, location)
    if hours.to != "00:00":
        following = tuple(_WEEKDAYS[(_WEEKDAYS.index(day) + 1) % 7] for day in hours.days)
        yield _time("00:00", hours.to, following, location)


def _time(start: str, end: str, days: Iterable[str], location: str) -> dict[str, Any]:
    weekdays = {"weekdays": list(days)} if days else {}
    return {"times": [{"start_time": start, "end_time": end}], **weekdays, "location": location}
