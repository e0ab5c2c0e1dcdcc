"""What is measured: indicators and objectives with those who rely on them, and the metrics of the contract."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from diff.change import Change
from diff.edits import edits, spelled, worded
from diff.paged import LOOSER
from diff.told import listed
from rules.proof.routing import every_alert
from rules.rule import Recording
from spec.names import LOGS_PART, SERVICE
from spec.scalars import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from diff.edits import Edit
    from diff.shown import Dashboard
    from spec.stack import Stack, Watched

NAME = 3
"""Positions in a path: services, NAME OF SERVICE, indicators, NAME."""
_TOKEN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ENDS = ("_bucket", "_sum", "_count")


def measured_changes(base: Stack, head: Stack, edited: Iterable[str]) -> Iterator[Change]:
    """Edits of indicators, objectives and metrics of those edited services that both sides have."""
    for name in (one for one in edited if one in base.spec.services and one in head.spec.services):
        old, new = base.spec.services[name], head.spec.services[name]
        for kind, say in (("indicators", _indicator), ("slos", _objective), ("metrics", _metric)):
            found = edits(getattr(old, kind), getattr(new, kind), ("services", name, kind))
            for key, group in groupby(found, key=lambda edit: edit.path[NAME]):
                yield from say(base.by_name[name], head.by_name[name], key, list(group))
        was, now = (service.logs.indicators if service.logs else {} for service in (old, new))
        found = edits(was, now, ("services", name, LOGS_PART))
        for key, group in groupby(found, key=lambda edit: edit.path[NAME]):
            yield from _indicator(base.by_name[name], head.by_name[name], f"{LOGS_PART}.{key}", list(group))


def _whole(found: list[Edit]) -> bool:
    return len(found) == 1 and len(found[0].path) == NAME + 1 and (found[0].before is None or found[0].after is None)


def _indicator(old: Watched, new: Watched, name: str, found: list[Edit]) -> Iterator[Change]:
    subject = f"indicator {new.name}/{name}"
    if _whole(found):
        edit = found[0]
        yield Change("seen", "+" if edit.before is None else "-", subject, spelled(edit.after or edit.before))
        return
    relying = list(dict.fromkeys((*_relying(new, name), *_relying(old, name))))
    tail = f"; {', '.join(relying)} rel{'ies' if len(relying) == 1 else 'y'} on it" if relying else ""
    for edit in found:
        yield Change("paged" if relying else "seen", "~", subject, f"{_edited(edit)}{tail}", _looser(edit))


def _edited(edit: Edit) -> str:
    above = ".".join(edit.path[NAME + 1 : -1])
    if len(edit.path) == NAME + 1:
        return f"measures {spelled(edit.after)} instead of {spelled(edit.before)}"
    return f"{above}: {worded(edit)}" if above else worded(edit)


def _looser(edit: Edit) -> str:
    """An alert waits for more traffic than before."""
    more = (
        isinstance(edit.before, Quantity) and isinstance(edit.after, Quantity) and edit.after.value > edit.before.value
    )
    return LOOSER if more and edit.path[-1] == "traffic" else ""


def _relying(service: Watched, indicator: str) -> Iterator[str]:
    yield from (f"alert {bound.alert.name}" for bound in service.alerts_of(indicator))
    yield from (f"objective {one.objective.name}" for one in service.objectives if one.indicator.key == indicator)


def _objective(old: Watched, new: Watched, name: str, found: list[Edit]) -> Iterator[Change]:
    subject = f"objective {new.name}/{name}"
    for edit in found:
        if len(edit.path) == NAME + 1:
            one = edit.after or edit.before
            words = f"{one.objective:g}% of {one.indicator} over {one.window}"
            yield Change("paged", "+" if edit.before is None else "-", subject, words)
        elif edit.path[-1] == "objective":
            lower = edit.after < edit.before
            words = f"promises {edit.after:g}% instead of {edit.before:g}%: burns {'later' if lower else 'sooner'}"
            yield Change("paged", "~", subject, words, LOOSER if lower else "")
        elif edit.path[-1] in ("summary", "meaning", "steps", "title"):
            yield Change("paged", "~", subject, f"reworded: {edit.path[-1]}")
        else:
            yield Change("paged", "~", subject, _edited(edit))


def _metric(old: Watched, new: Watched, name: str, found: list[Edit]) -> Iterator[Change]:
    subject = f"metric {name} of {new.name}"
    if _whole(found):
        edit = found[0]
        metric = edit.after or edit.before
        words = f"{metric.type}, {metric.series} series a target"
        yield Change("watched", "+" if edit.before is None else "-", subject, words)
    else:
        yield Change("watched", "~", subject, "; ".join(map(_edited, found)))


def left_without(base: Stack, head: Stack, shown: Mapping[str, Dashboard]) -> Iterator[Change]:
    """Rules and panels that still read a metric which the contract no longer has."""
    kept = {metric for service in head.services for part in service.parts for metric in part.metrics}
    for service in base.services:
        gone = [metric for metric in service.own.metrics if metric not in _own(head, service.name)]
        for metric in gone:
            names = {metric, *(f"{metric}{end}" for end in _ENDS)}
            users = list(dict.fromkeys(_users(head, shown, names, service.name, everywhere=metric not in kept)))
            if users:
                yield Change("watched", "~", f"metric {metric}", f"is gone; still read by {listed(users)}", "no data")


def _own(stack: Stack, service: str) -> Iterable[str]:
    return stack.by_name[service].own.metrics if service in stack.by_name else ()


def _users(
    head: Stack, shown: Mapping[str, Dashboard], metrics: set[str], service: str, *, everywhere: bool
) -> Iterator[str]:
    for rule in every_alert(head):
        if (everywhere or rule.service == service) and metrics & set(_TOKEN.findall(rule.expr)):
            yield f"alert {rule.service}/{rule.alert}"
    for recording, name in _recordings(head):
        if (everywhere or name == service) and metrics & set(_TOKEN.findall(recording.expr)):
            yield f"rule {recording.record}"
    for dashboard in shown.values():
        for panel in dashboard.panels:
            if (everywhere or dashboard.service == service) and any(
                metrics & set(_TOKEN.findall(q)) for q in panel.queries
            ):
                yield f"panel {panel.title} of {dashboard.title}"


def _recordings(stack: Stack) -> Iterator[tuple[Recording, str]]:
    from rules.groups import groups

    for group in groups(stack):
        for rule in group.rules:
            if isinstance(rule, Recording):
                yield rule, rule.labels.get(SERVICE, group.file)
