"""About how many series an expression reads, and how many it gives, from what the contracts say of labels' values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from rules.groups import groups
from rules.rule import Recording
from spec.expr import DERIVED_SUFFIXES
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spec.metric import Metric
    from spec.stack import Part, Stack, Watched

OF_UNKNOWN_LABEL = 2
"""Values that are assumed of a label which no contract lists, such as `instance` or `mountpoint`."""

VARIABLE_VALUE = "any_value"
"""What stands for the value of a dashboard's variable."""

ONE_FOR_ALL = frozenset({"count", "sum", "min", "max", "avg", "group", "stddev", "stdvar"})


@dataclass(frozen=True)
class Estimate:
    """Estimates of a stack. `parse` makes a syntax tree of an expression, or None."""

    stack: Stack
    parse: Callable[[str], Any]

    def read(self, tree: Any) -> int:
        """How many series are read: those of every selector in it, recorded ones as recorded."""
        if type(tree).__name__ == "VectorSelector":
            return self._selected(tree)
        return sum(self.read(inner) for inner in _inner(tree))

    def given(self, tree: Any) -> int:
        """How many series it gives."""
        kind = type(tree).__name__
        inner = [self.given(one) for one in _inner(tree)]
        if kind == "VectorSelector":
            return self._selected(tree)
        if kind == "AggregateExpr":
            return self._aggregated(tree, max(inner, default=1))
        if kind == "Call" and tree.func.name == "histogram_quantile":
            buckets = max((self._values("le", name) for name in _names(tree)), default=1)
            return max(1, max(inner, default=1) // buckets)
        return max(inner, default=1)

    def _aggregated(self, tree: Any, whole: int) -> int:
        kept = list(tree.modifier.labels) if tree.modifier is not None else []
        if tree.modifier is not None and "without" in str(tree.modifier.type).lower():
            return whole
        if not kept and str(tree.op) not in ONE_FOR_ALL:
            return whole
        names = _names(tree) or {""}
        return min(whole, prod(max(self._values(label, name) for name in names) for label in kept))

    def _values(self, label: str, name: str) -> int:
        """How many values a label takes on the series of a name, of all services."""
        if (label, name) not in self._counted:
            self._counted[label, name] = self._count(label, self._known(name))
        return self._counted[label, name]

    def _count(self, label: str, known: list[tuple[Watched, Part, Metric]]) -> int:
        if label == SERVICE:
            return len({service.name for service, _, _ in known}) or 1
        if label == "le":
            return max((len(metric.buckets) + 1 for _, _, metric in known), default=1)
        listed = [len(metric.labels[label]) for _, _, metric in known if label in metric.labels]
        return max(listed, default=OF_UNKNOWN_LABEL)

    def _selected(self, selector: Any) -> int:
        name = selector.name or ""
        if name in self._recorded:
            rules = [rule for rule in self._rules(name, _service_of(selector)) if _fits(selector, rule.labels)]
            return sum(self._given_by(rule.expr) for rule in rules)
        matchers, asked = list(selector.matchers.matchers), _service_of(selector)
        return sum(
            _targets(service, part) * _combinations(name, metric, matchers)
            for service, part, metric in self._known(name, asked)
            if _fits(selector, {matcher.label: matcher.value for matcher in part.matchers} | {SERVICE: service.name})
        )

    def _given_by(self, rule: str) -> int:
        """How many series the expression of a rule gives, which is read by several panels."""
        if rule not in self._ruled:
            tree = self.parse(rule)
            self._ruled[rule] = 0 if tree is None else self.given(tree)
        return self._ruled[rule]

    def _rules(self, name: str, service: str) -> list[Recording]:
        """The rules that record this series; those of one service where the selector names one."""
        if not service:
            return self._recorded[name]
        return [*self._recorded_of.get((name, service), ()), *self._recorded_of.get((name, ""), ())]

    def _known(self, name: str, service: str = "") -> list[tuple[Watched, Part, Metric]]:
        """The metrics of a name, or of the name of the histogram it is part of; those of one service if it is given."""
        base = next((name.removesuffix(suffix) for suffix in DERIVED_SUFFIXES if name.endswith(suffix)), name)
        return self._metrics.get((name if (name, "") in self._metrics else base, service), [])

    @cached_property
    def _metrics(self) -> Mapping[tuple[str, str], list[tuple[Watched, Part, Metric]]]:
        """By name and service, and by name alone."""
        found: dict[tuple[str, str], list[tuple[Watched, Part, Metric]]] = {}
        for service in self.stack.services:
            for part in service.parts:
                for name, metric in part.metrics.items():
                    for of in (service.name, ""):
                        found.setdefault((name, of), []).append((service, part, metric))
        return found

    @cached_property
    def _ruled(self) -> dict[str, int]:
        """How many series the expressions of rules give."""
        return {}

    @cached_property
    def _counted(self) -> dict[tuple[str, str], int]:
        """What was counted of a label on the series of a name: it takes a look at every service."""
        return {}

    @cached_property
    def _recorded_of(self) -> Mapping[tuple[str, str], list[Recording]]:
        """By series and the service in whose file the rule begins, if it does in one."""
        found: dict[tuple[str, str], list[Recording]] = {}
        for name, rules in self._recorded.items():
            for rule in rules:
                service = str(rule.origin[1]) if rule.origin[:1] == ("services",) else ""
                found.setdefault((name, service), []).append(rule)
        return found

    @cached_property
    def _recorded(self) -> Mapping[str, list[Recording]]:
        found: dict[str, list[Recording]] = {}
        for group in groups(self.stack):
            for rule in group.rules:
                if isinstance(rule, Recording):
                    found.setdefault(rule.record, []).append(rule)
        return found


def _service_of(selector: Any) -> str:
    """The one service that a selector asks for, if it does."""
    for matcher in selector.matchers.matchers:
        if matcher.name == SERVICE and str(matcher.op).endswith("Equal") and str(matcher.value) != VARIABLE_VALUE:
            return "" if str(matcher.op).endswith("NotEqual") else str(matcher.value)
    return ""


def _inner(tree: Any) -> list[Any]:
    parts = [getattr(tree, name, None) for name in ("expr", "lhs", "rhs", "vector_selector")]
    return [part for part in (*parts, *(getattr(tree, "args", None) or ())) if part is not None]


def _names(tree: Any) -> set[str]:
    own = {tree.name or ""} if type(tree).__name__ == "VectorSelector" else set()
    return own.union(*(_names(inner) for inner in _inner(tree)))


def _fits(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether the selector's matchers let these labels pass; what a variable of a dashboard stands for passes."""
    return all(
        _passes(matcher, labels[matcher.name]) for matcher in selector.matchers.matchers if matcher.name in labels
    )


def _passes(matcher: Any, value: str) -> bool:
    operator = str(matcher.op).rpartition(".")[2]
    wanted = str(matcher.value)
    if wanted == VARIABLE_VALUE:
        return True
    if operator in ("Equal", "NotEqual"):
        return (wanted == value) == (operator == "Equal")
    return bool(re.fullmatch(wanted, value)) == (operator == "Re")


def _combinations(name: str, metric: Metric, matchers: list[Any]) -> int:
    """The label sets of one target that pass, times the buckets where they are asked for."""
    sets = prod(
        sum(all(_passes(one, value) for one in matchers if one.name == label) for value in values)
        for label, values in metric.labels.items()
    )
    return sets * (len(metric.buckets) + 1) if metric.type == "histogram" and name.endswith("_bucket") else sets


def _targets(service: Watched, part: Part) -> int:
    return sum(len(job.targets) for job in service.jobs if job.part == part.name) or 1
