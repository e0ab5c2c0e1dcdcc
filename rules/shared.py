"""One expression, one recording rule: what others record of the same events is read from where it is recorded first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rules.rule import Group, Recording
from spec.names import SERVICE
from spec.stack import equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.rule import Alerting


def shared(service: str, groups: Iterable[Group]) -> Iterator[Group]:
    """The groups of a service, with every expression over raw series written once.

    Others read its record: objectives and anomalies have names of their own for rates that alerts know already. Only
    what is recorded at every evaluation, without labels of its own, is read by others.
    """
    first: dict[str, str] = {}
    for group in groups:
        rules = []
        for rule in group.rules:
            rules.append(_reading(rule, first, service))
            if group.interval is None and isinstance(rule, Recording) and not rule.labels:
                first.setdefault(rule.expr, rule.record)
        yield replace(group, rules=tuple(rules))


def _reading(rule: Recording | Alerting, first: dict[str, str], service: str) -> Recording | Alerting:
    """The rule, reading what was recorded before it under another name."""
    if isinstance(rule, Recording) and rule.expr in first:
        return replace(rule, expr=f"{first[rule.expr]}{{{equal(SERVICE, service)}}}")
    return rule
