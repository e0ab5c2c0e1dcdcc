"""What silences what, as Alertmanager decides it: source and target by their labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spec.names import SERVICE, SEVERITY
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spec.selector import Operator
    from spec.stack import Stack

DOWN = "ServiceDown"


@dataclass(frozen=True)
class Condition:
    """A matcher of Alertmanager; a label that is not there counts as empty, and regular expressions are anchored."""

    label: str
    operator: Operator
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert's labels fit."""
        value = labels.get(self.label, "")
        same = re.fullmatch(self.value, value) is not None if "~" in self.operator else value == self.value
        return same != self.operator.startswith("!")

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{quoted}"'


@dataclass(frozen=True)
class Rule:
    """While an alert that fits `source` fires, those that fit `target` and agree in the `equal` labels are not told."""

    source: tuple[Condition, ...]
    target: tuple[Condition, ...]
    equal: tuple[str, ...] = ()


def silences(rule: Rule, source: Mapping[str, str], target: Mapping[str, str]) -> bool:
    """Whether one alert silences another. One that fits both sides never silences others that do."""
    if not all(one.holds(source) for one in rule.source) or not all(one.holds(target) for one in rule.target):
        return False
    if all(one.holds(source) for one in rule.target) and all(one.holds(target) for one in rule.source):
        return False
    return all(source.get(label, "") == target.get(label, "") for label in rule.equal)


@once
def rules(stack: Stack) -> tuple[Rule, ...]:
    """A service that is down, an alert that makes another redundant, a dependency, and the spec's own."""
    return tuple(_rules(stack))


def _rules(stack: Stack) -> Iterator[Rule]:
    not_security = Condition("category", "!=", "security")
    yield Rule(
        (Condition("alertname", "=", DOWN),),
        (Condition(SEVERITY, "=~", "high|medium|low"), Condition("alertname", "!=", DOWN), not_security),
        (SERVICE,),
    )
    for service, source, targets in _redundancies(stack):
        one = Condition(SERVICE, "=", service)
        yield Rule((Condition("alertname", "=", source), one), (Condition("alertname", "=~", "|".join(targets)), one))
    for watched in stack.services:
        for dependency in watched.spec.dependencies:
            if dependency.service and dependency.critical:
                down = (Condition("alertname", "=", DOWN), Condition(SERVICE, "=", dependency.service))
                minor = (Condition(SEVERITY, "=~", "medium|low"), not_security, Condition(SERVICE, "=", watched.name))
                yield Rule(down, minor)
    for given in stack.spec.notification.inhibitions:
        yield Rule(tuple(conditions(given.source)), tuple(conditions(given.target)), given.equal)


def _redundancies(stack: Stack) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for service in stack.services:
        silenced: dict[str, list[str]] = {}
        for bound in service.alerts:
            for source in bound.alert.silenced_by:
                silenced.setdefault(source, []).append(bound.alert.name)
        for source, targets in silenced.items():
            yield service.name, source, tuple(targets)


def conditions(values: Mapping[str, str]) -> Iterator[Condition]:
    """What the spec says of labels, as matchers; `a|b` stands for either value."""
    for label, value in values.items():
        yield Condition(label, "=~" if "|" in value else "=", value)
