"""Who gets paged: alerts that come, go and change, and the receivers that they lose and gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diff.change import Change
from diff.edits import edits, worded
from diff.matched import called
from diff.told import gathered, listed, timing
from rules.words import threshold
from spec.given import SERIES_ALERT
from spec.names import SEVERITIES, SEVERITY
from spec.scalars import Duration
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diff.change import Sign
    from diff.matched import Matched
    from rules.proof.routing import Routed
    from rules.rule import Alerting
    from spec.stack import Stack

LOOSER, LESS_URGENT, REMOVED = "looser threshold", "less urgent", "removed alert"
_ELSEWHERE = frozenset({"name", "above", "below", "for", "severity", "enabled", "silenced_by", "indicator"})
"""What of an alert has words of its own."""
_PROSE = frozenset({"summary", "description", "meaning", "steps", "title", "help"})


def alert_changes(found: Matched) -> Iterator[Change]:
    """Alerts that are gone, new, or not what they were."""
    kept = {one.alert.service for pair in found.both for one in pair}
    yield from _one_sided(found.gone, "-", "told", kept | {one.alert.service for one in found.new}, REMOVED)
    yield from _one_sided(found.new, "+", "tells", kept | {one.alert.service for one in found.gone}, "")
    for old, new in found.both:
        yield from _changes(old, new)


def _one_sided(alerts: Iterable[Routed], sign: Sign, tell: str, kept: set[str], risk: str) -> Iterator[Change]:
    """Alerts of one side alone; those of a service that comes or goes as a whole in one sentence."""
    whole: dict[str, list[Routed]] = {}
    for one in alerts:
        if one.alert.service in kept:
            words = f"{_summed_up(one.alert)}; {tell} {_names(one.receivers)}"
            yield Change("paged", sign, called(one), words, risk)
        else:
            whole.setdefault(one.alert.service, []).append(one)
    for service, its in whole.items():
        told = _names(tuple(dict.fromkeys(name for one in its for name in one.receivers)))
        words = f"{len(its)}, {tell} {told}: {listed(one.alert.alert for one in its)}"
        yield Change("paged", sign, f"alerts of {service}", words, risk)


def _names(receivers: tuple[str, ...]) -> str:
    return ", ".join(receivers) or "nobody"


def _summed_up(rule: Alerting) -> str:
    lasting = f" for {rule.for_}" if rule.for_.ms else ""
    return f"{rule.labels[SEVERITY]}, {condition(rule)}{lasting}"


def condition(rule: Alerting) -> str:
    """What must be the case for an alert to fire, in words."""
    match rule.source:
        case BoundAlert() as bound:
            missing = " or missing" if bound.alert.missing == "fires" else ""
            return f"{bound.indicator.title} {threshold(bound)}{missing}"
        case BoundObjective() as bound:
            pace = "fast" if rule.alert.endswith("Fast") else "steadily"
            return f"the error budget of {bound.objective.name} burns {pace}"
        case BoundLogAlert(alert=alert):
            limit = f"above {alert.above}" if alert.above is not None else f"below {alert.below}"
            lines = " and ".join(filter(None, ("/".join(alert.levels), alert.category or "", alert.contains or "")))
            return f"{lines or 'all'} log lines {limit}"
        case _:
            return "always"


def _changes(old: Routed, new: Routed) -> Iterator[Change]:
    name, before, after = called(new), old.alert, new.alert
    if before.alert != after.alert:
        yield Change("paged", "~", name, f"was called {before.alert}; silences and links that name it no longer hold")
    match before.source, after.source:
        case (BoundAlert() as was, BoundAlert() as now) if after.alert != SERIES_ALERT:
            yield from _threshold(name, was.alert, now.alert)
            yield from _indicator(name, was, now)
            yield from _rest(name, was.alert, now.alert)
        case (BoundLogAlert() as was_log, BoundLogAlert() as now_log):
            yield from _threshold(name, was_log.alert, now_log.alert)
            yield from _rest(name, was_log.alert, now_log.alert)
    yield from _duration(name, before, after)
    yield from _severity(name, before.labels[SEVERITY], after.labels[SEVERITY])


def _threshold(name: str, was: Any, now: Any) -> Iterator[Change]:
    before, after = _limit(was), _limit(now)
    if before[:2] == after[:2]:
        return
    words = f"fires {after[2]} instead of {before[2]}"
    if before[0] != after[0]:
        yield Change("paged", "~", name, words, "turned round")
    elif (after[1] > before[1]) == (after[0] == "above"):
        yield Change("paged", "~", name, f"{words}: later and less often", LOOSER)
    else:
        yield Change("paged", "~", name, f"{words}: earlier and more often")


def _limit(alert: Any) -> tuple[str, float, str]:
    for side in ("above", "below"):
        quantity = getattr(alert, side)
        if quantity is not None:
            return side, quantity.value, f"{side} {quantity}"
    return "present", 0.0, "whenever there is a value"


def _indicator(name: str, was: BoundAlert, now: BoundAlert) -> Iterator[Change]:
    old, new = was.indicator, now.indicator
    if old.key != new.key:
        words = f"watches {new.title} ({new.key}) instead of {old.title} ({old.key})"
        yield Change("paged", "~", name, words, "watches something else")
    elif old.window != new.window and old.spec.window == new.spec.window:
        yield Change("paged", "~", name, f"looks at {new.window} instead of {old.window}")


def _duration(name: str, before: Alerting, after: Alerting) -> Iterator[Change]:
    if before.for_ != after.for_:
        was, now = (f"after {one.for_}" if one.for_.ms else "at once" for one in (before, after))
        longer = after.for_ > before.for_
        risk = LOOSER if longer else ""
        yield Change("paged", "~", name, f"fires {now} instead of {was}: {'later' if longer else 'sooner'}", risk)


def _severity(name: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        lower = SEVERITIES.index(after) > SEVERITIES.index(before)
        yield Change("paged", "~", name, f"severity {before} → {after}", LESS_URGENT if lower else "")


def _rest(name: str, was: Any, now: Any) -> Iterator[Change]:
    """All that an alert can say besides; texts are only said to be reworded."""
    prose = []
    for edit in edits(was, now):
        key = edit.path[0]
        if key in _PROSE:
            prose.append(key)
        elif key == "missing":
            silent = edit.after == "silent"
            words = "no longer fires when its data are missing" if silent else "fires when its data are missing, too"
            yield Change("paged", "~", name, words, LOOSER if silent else "")
        elif key == "keep_firing_for":
            was_kept, kept = (side or Duration(0) for side in (edit.before, edit.after))
            words = f"keeps firing for {kept} instead of {was_kept} after it ends"
            yield Change("paged", "~", name, words)
        elif key not in _ELSEWHERE:
            yield Change("paged", "~", name, worded(edit))
    if prose:
        yield Change("paged", "~", name, f"reworded: {', '.join(dict.fromkeys(prose))}")


def told_changes(base: Stack, head: Stack, found: Matched) -> Iterator[Change]:
    """Receivers that alerts lost and gained, alerts with the same loss or gain together."""
    lost: dict[tuple[str, ...], list[Routed]] = {}
    gained: dict[tuple[str, ...], list[Routed]] = {}
    for old, new in found.both:
        less = tuple(name for name in old.receivers if name not in new.receivers)
        more = tuple(name for name in new.receivers if name not in old.receivers)
        if less:
            lost.setdefault((_names(less), _names(new.receivers)), []).append(new)
        if more:
            gained.setdefault((_names(more),), []).append(new)
    for (less_names, left), alerts in lost.items():
        subject, which = gathered(alerts)
        yield Change("paged", "-", subject, f"no longer told to {less_names}; still to {left}{which}", "lost page")
    for (more_names,), alerts in gained.items():
        subject, which = gathered(alerts)
        yield Change("paged", "+", subject, f"told to {more_names} as well{which}")
    yield from timing(base, head, found.both)
