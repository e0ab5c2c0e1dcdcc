"""What follows for each part of an expression from what is known of the series it reads."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from generator.promql import bounds, labels
from generator.promql.facts import ANYTHING, Facts, either
from generator.promql.known import ALERTS, BUCKET
from generator.promql.tree import Aggregate, Binary, Call, Negative, Number, Series, Subquery, Text, walk
from generator.promql.tree import read as read_tree
from generator.promql.whole import part_of_whole
from spec.names import SERVICE

if TYPE_CHECKING:
    from generator.promql.known import Catalogue
    from generator.promql.tree import Node
    from rules.rule import Recording

_KEEP_ALL = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})


class Reasoning:
    """Facts of expressions over the series of one catalogue; each node and each recorded name is looked at once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._known: dict[int, tuple[Node, Facts]] = {}
        self._rules: dict[tuple[str, str], Facts] = {}

    def of(self, node: Node) -> Facts:
        """What is known of a node's value."""
        if id(node) not in self._known:
            self._known[id(node)] = (node, self._find(node))
        return self._known[id(node)][1]

    def _find(self, node: Node) -> Facts:
        match node:
            case Number(value):
                return Facts({}, value, value, scalar=True)
            case Text():
                return Facts({}, scalar=True)
            case Series():
                return self._series(node)
            case Subquery(inner):
                return self.of(inner)
            case Negative(inner):
                of = self.of(inner)
                return replace(of, low=-of.high, high=-of.low)
            case Call():
                return self._call(node)
            case Aggregate():
                return self._aggregate(node)
            case Binary():
                return self._binary(node)

    def _series(self, node: Series) -> Facts:
        if node.metric in ALERTS:
            return ANYTHING
        known = self.catalogue.of(node)
        found = [Facts(one.labels, *one.bounds) for one in known] or [self._recorded(node)]
        facts = found[0]
        for other in found[1:]:
            facts = either(facts, other, same_labels=True)
        if facts.labels is None:
            return facts
        return replace(facts, labels=labels.narrowed(facts.labels, node))

    def _recorded(self, node: Series) -> Facts:
        """Facts of the rule that records a series, or of all rules that record it."""
        by_service = self.catalogue.recorded.get(node.metric, {})
        matchers = {m.label: m.value for m in node.matchers if m.operator == "=" and "$" not in m.value}
        service = matchers.get(SERVICE)
        rules = by_service.get(service, ()) if service else tuple(rule for of in by_service.values() for rule in of)
        chosen = [rule for rule in rules if all(matchers.get(k, v) == v for k, v in rule.labels.items())]
        if not chosen:
            return ANYTHING
        facts = self._of_rule(chosen[0])
        for rule in chosen[1:]:
            facts = either(facts, self._of_rule(rule), same_labels=False)
        return facts

    def _of_rule(self, rule: Recording) -> Facts:
        key = (rule.record, rule.expr)
        if key not in self._rules:
            self._rules[key] = ANYTHING  # a rule that reads itself
            tree = read_tree(rule.expr)
            facts = self.of(tree) if tree is not None else ANYTHING
            if facts.labels is not None:
                put = {label: frozenset({value}) for label, value in rule.labels.items()}
                facts = replace(facts, labels={**facts.labels, **put}, scalar=False)
            self._rules[key] = facts
        return self._rules[key]

    def _call(self, node: Call) -> Facts:
        name = node.name
        of = self.of(node.args[0]) if node.args else ANYTHING
        vector = next((self.of(arg) for arg in node.args if not self.of(arg).scalar), of)
        if name in ("absent", "absent_over_time"):
            return Facts(labels.asked(node.args[0]), 1, 1)
        if name == "histogram_quantile":
            return self._quantile(node)
        if name in ("time", "pi"):
            return Facts({}, 0, inf, scalar=True)
        if name == "vector":
            return replace(of, scalar=False)
        if name == "scalar":
            return Facts({}, of.low, of.high, scalar=True)
        if name in ("label_replace", "label_join"):
            return labels.relabelled(node, of)
        if name.startswith("clamp"):
            return bounds.clamped(name, of, [self.of(arg) for arg in node.args[1:]])
        low, high = bounds.of_call(name, vector)
        return replace(vector, low=low, high=high)

    def _quantile(self, node: Call) -> Facts:
        """Never above the highest finite bucket, and not below 0 when all buckets are above it."""
        of = self.of(node.args[1])
        buckets = [one.metric.buckets for series in _inner_series(node.args[1]) for one in self.catalogue.of(series)
                   if one.nature == "bucket"]  # fmt: skip
        kept = None if of.labels is None else {k: v for k, v in of.labels.items() if k != BUCKET}
        if not buckets:
            return Facts(kept)
        low = 0 if min(map(min, buckets)) > 0 else -inf
        return Facts(kept, low, max(map(max, buckets)))

    def _aggregate(self, node: Aggregate) -> Facts:
        of = self.of(node.inner)
        low, high = bounds.of_aggregate(node.op, of)
        if node.op in _KEEP_ALL:
            return Facts(of.labels, low, high)
        return Facts(labels.grouped(node, of.labels), low, high)

    def _binary(self, node: Binary) -> Facts:
        left, right = self.of(node.lhs), self.of(node.rhs)
        if node.op == "or":
            return either(left, right, same_labels=False)
        if node.is_set:
            return left
        kept = labels.matched(node, left, right)
        scalar = left.scalar and right.scalar
        if node.compares:
            if node.as_bool:
                return Facts(kept, 0, 1, scalar)
            return Facts(kept, *bounds.filtered(node.op, left, right), scalar)
        if node.op == "/" and part_of_whole(node.lhs, node.rhs):
            return Facts(kept, 0, 1)
        return Facts(kept, *bounds.arithmetic(node.op, left, right), scalar)


def _inner_series(node: Node) -> list[Series]:
    return [one for one, _ in walk(node) if isinstance(one, Series)]
