"""What keeps people from being told: alerts that hide others, planned silences, and the hours of mute intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diff.change import Change
from diff.told import listed
from rules.inhibition import Condition, Rule, rules, silences
from rules.proof.routing import is_mute, moments, routed
from spec.names import SERVICE, SEVERITY, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from diff.matched import Key
    from spec.notify import MuteInterval, Notification, Silence
    from spec.stack import Stack

QUARTERS_OF_A_WEEK = 7 * 96


def inhibition_changes(base: Stack, head: Stack, moved: Mapping[str, set[Key]]) -> Iterator[Change]:
    """Alerts that hide others from now on, or no longer; not those of what comes or goes itself."""
    old, new = dict.fromkeys(_single(base)), dict.fromkeys(_single(head))
    services = {name for side in (base, head) for name in side.by_name} - (base.by_name.keys() & head.by_name.keys())
    for rule in new:
        if rule not in old and not _about(rule, services, moved["new"]):
            hidden = _hidden(head, rule)
            critical = [name for name, severity in hidden if severity == "critical"]
            count = f", {len(hidden)} alerts" if len(hidden) != 1 else ""
            words = f"is not told while {_spelled(rule.source)} fires{_equal(rule)}{count}"
            words += f"; critical among them: {listed(critical)}" if critical else ""
            yield Change("paged", "~", _spelled(rule.target), words, "hidden page" if critical else "")
    for rule in old:
        if rule not in new and not _about(rule, services, moved["gone"]):
            yield Change("paged", "~", _spelled(rule.target), f"is told even while {_spelled(rule.source)} fires")


def _single(stack: Stack) -> Iterator[Rule]:
    """The rules with one target alert each, so that the order of names in them says nothing."""
    for rule in rules(stack):
        names = next((one for one in rule.target if one.label == "alertname" and one.operator == "=~"), None)
        rest = tuple(sorted((one for one in rule.target if one is not names), key=str))
        source, equal = tuple(sorted(rule.source, key=str)), tuple(sorted(rule.equal))
        if names is None:
            yield Rule(source, rest, equal)
        else:
            yield from (
                Rule(source, (Condition("alertname", "=", name), *rest), equal) for name in names.value.split("|")
            )


def _about(rule: Rule, services: set[str], alerts: set[Key]) -> bool:
    for side in (rule.source, rule.target):
        service, alert = _value(side, SERVICE), _value(side, "alertname")
        if service in services or (service, alert) in alerts:
            return True
    return False


def _value(side: Iterable[Condition], label: str) -> str:
    return next((one.value for one in side if one.label == label and one.operator == "="), "")


def _spelled(side: tuple[Condition, ...]) -> str:
    """`alert shop/ProbeSlow`, or the conditions as they are."""
    service, alert = _value(side, SERVICE), _value(side, "alertname")
    rest = ", ".join(
        f"{one.label} {_OPERATORS[one.operator]}{one.value.replace('|', ' or ')}"
        for one in side
        if not (one.operator == "=" and one.label in (SERVICE, "alertname"))
    )
    name = f"alert {service}/{alert}" if service and alert else f"alert {alert}" if alert else ""
    name = name or (f"every alert of {service}" if service else "every alert")
    return f"{name} with {rest}" if rest else name


_OPERATORS = {"=": "", "=~": "", "!=": "not ", "!~": "not "}


def _equal(rule: Rule) -> str:
    return f" with the same {' and '.join(rule.equal)}" if rule.equal else ""


def _hidden(stack: Stack, rule: Rule) -> list[tuple[str, str]]:
    """The alerts that the rule can hide, with their severities."""
    alerts = [(one.alert, {**one.alert.labels, "alertname": one.alert.alert}) for one in routed(stack)]
    sources = [labels for _, labels in alerts if all(one.holds(labels) for one in rule.source)]
    return [
        (f"{alert.service}/{alert.alert}", labels[SEVERITY])
        for alert, labels in alerts
        if any(silences(rule, source, labels) for source in sources if source is not labels)
    ]


def silence_changes(base: Stack, head: Stack) -> Iterator[Change]:
    """Planned silences: while one lasts, nobody hears of what it covers."""
    old, new = ({silence.name: silence for silence in stack.spec.notification.silences} for stack in (base, head))
    for name, silence in new.items():
        if name not in old:
            yield Change("paged", "+", f"silence {name}", _planned(head, silence), "muted")
        elif silence != old[name]:
            yield Change("paged", "~", f"silence {name}", f"now {_planned(head, silence)}", "muted")
    for name in old:
        if name not in new:
            yield Change("paged", "-", f"silence {name}", "what it covered is told again")


def _planned(stack: Stack, silence: Silence) -> str:
    conditions = [Condition(label, "=~" if "|" in value else "=", value) for label, value in silence.matchers.items()]
    covered = [
        f"{one.alert.service}/{one.alert.alert}"
        for one in routed(stack)
        if one.alert.alert != WATCHDOG
        and all(condition.holds({**one.alert.labels, **one.labels}) for condition in conditions)
    ]
    what = ", ".join(f"{label} {value.replace('|', ' or ')}" for label, value in silence.matchers.items())
    when = f"{silence.starts} to {silence.ends}"
    return f"{what} from {when} ({silence.reason}, says {silence.owner}); covers {listed(covered) or 'no alert'}"


def mute_changes(base: Stack, head: Stack) -> Iterator[Change]:
    """Mute intervals that cover other hours of the week than before."""
    old, new = base.spec.notification, head.spec.notification
    for name, interval in new.mute_intervals.items():
        before = old.mute_intervals.get(name)
        if before is None or before == interval:
            continue
        was, now = _mute_hours(before), _mute_hours(interval)
        words = f"covers {now:g} hours of the week instead of {was:g}: {_times(interval)}, was {_times(before)}"
        yield Change("paged", "~", f"mute interval {name}", words, "muted" if now > was and _used(new, name) else "")


def _used(notification: Notification, name: str) -> bool:
    return any(name in route.mute for route in notification.routes)


def _mute_hours(interval: MuteInterval) -> float:
    """Hours of an ordinary week."""
    week = [moment for _, moment in zip(range(QUARTERS_OF_A_WEEK), moments(), strict=False)]
    return sum(is_mute(interval, moment) for moment in week) / 4


def _times(interval: MuteInterval) -> str:
    spans = (
        f"{hours.from_} to {hours.to}" + (f" on {', '.join(hours.days)}" if hours.days else "")
        for hours in interval.times
    )
    return f"{'; '.join(spans)} in {interval.location}"
