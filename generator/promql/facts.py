"""What can be said of an expression's value without running it: its labels with their values, and its bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan
from typing import TYPE_CHECKING

from generator.promql.known import ALERTS, BUCKET, Values
from generator.promql.tree import Aggregate, Binary, Call, Negative, Number, Series, Subquery, Text
from generator.promql.tree import read as read_tree
from spec.names import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.promql.known import Catalogue
    from generator.promql.tree import Node
    from rules.rule import Recording

Labels = dict[str, Values]


@dataclass(frozen=True)
class Facts:
    """`labels` is None when they are not known. `scalar` values have none and match everything."""

    labels: Mapping[str, Values] | None = None
    low: float = -inf
    high: float = inf
    scalar: bool = False


ANYTHING = Facts()
GROWTH = frozenset({"rate", "irate", "increase"})
_NOT_NEGATIVE = GROWTH | {
    "resets", "changes", "count_over_time", "stddev_over_time", "stdvar_over_time", "timestamp", "exp", "sqrt",
    "acosh", "minute", "hour", "month", "year", "day_of_month", "days_in_month",
}  # fmt: skip
_SAME_BOUNDS = frozenset({
    "avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time", "sort", "sort_desc",
    "round", "ceil", "floor",
})  # fmt: skip
_ONE = frozenset({"present_over_time"})
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
            facts = _either(facts, other, same_labels=True)
        if facts.labels is None:
            return facts
        return replace(facts, labels=_narrowed(facts.labels, node))

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
            facts = _either(facts, self._of_rule(rule), same_labels=False)
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
            return Facts(_asked(node.args[0]), 1, 1)
        if name == "histogram_quantile":
            return self._quantile(node)
        if name in ("time", "pi"):
            return Facts({}, 0, inf, scalar=True)
        if name == "vector":
            return replace(of, scalar=False)
        if name == "scalar":
            return Facts({}, of.low, of.high, scalar=True)
        if name in ("label_replace", "label_join"):
            return _relabelled(node, of)
        if name.startswith("clamp"):
            return _clamped(name, of, [self.of(arg) for arg in node.args[1:]])
        low, high = _bounds_of_call(name, vector)
        return replace(vector, low=low, high=high)

    def _quantile(self, node: Call) -> Facts:
        """Never above the highest finite bucket, and not below 0 when all buckets are above it."""
        of = self.of(node.args[1])
        buckets = [one.metric.buckets for series in _inner_series(node.args[1]) for one in self.catalogue.of(series)
                   if one.nature == "bucket"]  # fmt: skip
        labels = None if of.labels is None else {k: v for k, v in of.labels.items() if k != BUCKET}
        if not buckets:
            return Facts(labels)
        low = 0 if min(map(min, buckets)) > 0 else -inf
        return Facts(labels, low, max(map(max, buckets)))

    def _aggregate(self, node: Aggregate) -> Facts:
        of = self.of(node.inner)
        low, high = _bounds_of_aggregate(node.op, of)
        if node.op in _KEEP_ALL:
            return Facts(of.labels, low, high)
        return Facts(_grouped(node, of.labels), low, high)

    def _binary(self, node: Binary) -> Facts:
        left, right = self.of(node.lhs), self.of(node.rhs)
        if node.op == "or":
            return _either(left, right, same_labels=False)
        if node.is_set:
            return left
        labels = _matched(node, left, right)
        scalar = left.scalar and right.scalar
        if node.compares:
            if node.as_bool:
                return Facts(labels, 0, 1, scalar)
            return Facts(labels, *_filtered(node.op, left, right), scalar)
        if node.op == "/" and part_of_whole(node.lhs, node.rhs):
            return Facts(labels, 0, 1)
        return Facts(labels, *_arithmetic(node.op, left, right), scalar)


def _either(one: Facts, other: Facts, *, same_labels: bool) -> Facts:
    low, high = min(one.low, other.low), max(one.high, other.high)
    if one.labels is None or other.labels is None:
        return Facts(None, low, high)
    if one.labels.keys() != other.labels.keys() and not same_labels:
        return Facts(None, low, high)
    labels: Labels = {}
    for label in {**one.labels, **other.labels}:
        first, second = one.labels.get(label, frozenset()), other.labels.get(label, frozenset())
        labels[label] = None if first is None or second is None else first | second
    return Facts(labels, low, high)


def _narrowed(labels: Mapping[str, Values], node: Series) -> Labels:
    """The values that the matchers leave."""
    left: Labels = dict(labels)
    for matcher in node.matchers:
        values = left.get(matcher.label)
        if "$" in matcher.value or matcher.label not in left:
            continue
        if values is not None:
            left[matcher.label] = frozenset(filter(matcher.matches, values))
        elif matcher.operator == "=":
            left[matcher.label] = frozenset({matcher.value})
    return left


def _asked(node: Node) -> Labels:
    """The labels that absent() gives: those asked for by equality."""
    inner = node.inner if isinstance(node, Subquery) else node
    if not isinstance(inner, Series):
        return {}
    return {m.label: frozenset({m.value}) for m in inner.matchers if m.operator == "=" and m.value}


def _inner_series(node: Node) -> list[Series]:
    from generator.promql.tree import walk

    return [one for one, _ in walk(node) if isinstance(one, Series)]


def _relabelled(node: Call, of: Facts) -> Facts:
    target = node.args[1]
    if of.labels is None or not isinstance(target, Text):
        return of
    values: Values = None
    given = node.args[2] if len(node.args) > 2 else None
    if node.name == "label_replace" and isinstance(given, Text) and "$" not in given.value:
        values = frozenset({given.value})
    return replace(of, labels={**of.labels, target.value: values}, scalar=False)


def _clamped(name: str, of: Facts, limits: list[Facts]) -> Facts:
    low, high = of.low, of.high
    if name in ("clamp_min", "clamp"):
        low, high = max(low, limits[0].low), max(high, limits[0].high)
    if name in ("clamp_max", "clamp"):
        low, high = min(low, limits[-1].low), min(high, limits[-1].high)
    return replace(of, low=low, high=high)


def _bounds_of_call(name: str, of: Facts) -> tuple[float, float]:
    if name in _SAME_BOUNDS:
        return of.low, of.high
    if name == "abs":
        return (max(of.low, 0)), max(abs(of.low), abs(of.high))
    if name == "sum_over_time":
        return (0 if of.low >= 0 else -inf), inf
    if name == "sgn":
        return -1, 1
    if name in _ONE:
        return 1, 1
    if name in _NOT_NEGATIVE:
        return 0, inf
    return -inf, inf


def _bounds_of_aggregate(op: str, of: Facts) -> tuple[float, float]:
    match op:
        case "sum":
            return (of.low if of.low >= 0 else -inf), (of.high if of.high <= 0 else inf)
        case "count" | "count_values":
            return 1, inf
        case "group":
            return 1, 1
        case "stddev" | "stdvar":
            return 0, inf
        case _:
            return of.low, of.high


def _grouped(node: Aggregate, labels: Mapping[str, Values] | None) -> Labels | None:
    made: Labels = {node.param.value: None} if node.op == "count_values" and isinstance(node.param, Text) else {}
    if node.grouping == "without":
        return None if labels is None else {k: v for k, v in labels.items() if k not in node.labels} | made
    if labels is None:
        return dict.fromkeys(node.labels) | made
    return {label: labels[label] for label in node.labels if label in labels} | made


def _matched(node: Binary, left: Facts, right: Facts) -> Mapping[str, Values] | None:
    """The labels of a result of arithmetic or comparison."""
    if left.scalar or right.scalar:
        return right.labels if left.scalar else left.labels
    if node.many:
        many, one = (left, right) if node.many == "left" else (right, left)
        if many.labels is None:
            return None
        return {**many.labels, **{k: (one.labels or {}).get(k) for k in node.include}}
    if left.labels is None:
        return dict.fromkeys(node.labels) if node.matching == "on" else None
    if node.matching == "on":
        return {k: v for k, v in left.labels.items() if k in node.labels}
    return {k: v for k, v in left.labels.items() if node.matching != "ignoring" or k not in node.labels}


def _filtered(op: str, left: Facts, right: Facts) -> tuple[float, float]:
    """The bounds of what passes a comparison: the left side's (of a scalar on the left, the vector's)."""
    if left.scalar and not right.scalar:
        return right.low, right.high
    if op in (">", ">="):
        return max(left.low, right.low), left.high
    if op in ("<", "<="):
        return left.low, min(left.high, right.high)
    return (max(left.low, right.low), min(left.high, right.high)) if op == "==" else (left.low, left.high)


def _arithmetic(op: str, left: Facts, right: Facts) -> tuple[float, float]:
    match op:
        case "+":
            ends = (left.low + right.low, left.high + right.high)
        case "-":
            ends = (left.low - right.high, left.high - right.low)
        case "*":
            products = [_times(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
            ends = (min(products), max(products))
        case "/":
            ends = _quotient(left, right)
        case _:
            ends = (-inf, inf)
    return (-inf, inf) if isnan(ends[0]) or isnan(ends[1]) else ends


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def _quotient(left: Facts, right: Facts) -> tuple[float, float]:
    if right.low > 0 and right.low == right.high:
        return left.low / right.low, left.high / right.low
    if left.low >= 0 and right.low >= 0:
        return 0, inf
    return -inf, inf


def part_of_whole(part: Node, whole: Node) -> bool:
    """Whether a quotient is a share from 0 to 1: the same sum of the same metric, of fewer series."""
    if isinstance(part, Binary) and part.op == "or" and _is_zero(part.rhs):
        part = part.lhs
    if isinstance(whole, Binary) and whole.op == ">" and isinstance(whole.rhs, Number) and not whole.as_bool:
        whole = whole.lhs
    match part, whole:
        case Aggregate(op="sum"), Aggregate(op="sum"):
            same = (part.grouping, sorted(part.labels)) == (whole.grouping, sorted(whole.labels))
            return same and part_of_whole(part.inner, whole.inner)
        case Call(), Call():
            alike = part.name == whole.name and part.name in GROWTH and len(part.args) == len(whole.args) == 1
            return alike and part_of_whole(part.args[0], whole.args[0])
        case Series(), Series():
            fewer = set(whole.matchers) <= set(part.matchers) and (part.range, part.moved) == (whole.range, whole.moved)
            stem = part.metric.removesuffix("_bucket")
            one_bucket = whole.metric == f"{stem}_count" and any(m.label == BUCKET for m in part.matchers)
            return fewer and (part.metric == whole.metric or one_bucket)
        case _:
            return False


def _is_zero(node: Node) -> bool:
    return isinstance(node, Binary) and node.op == "*" and isinstance(node.rhs, Number) and node.rhs.value == 0
