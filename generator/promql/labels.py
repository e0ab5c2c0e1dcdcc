"""Which labels with which values a value has, once operators, functions and matchers were at it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generator.promql.tree import Series, Subquery, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.promql.facts import Facts, Labels
    from generator.promql.known import Values
    from generator.promql.tree import Aggregate, Binary, Call, Node


def narrowed(labels: Mapping[str, Values], node: Series) -> Labels:
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


def asked(node: Node) -> Labels:
    """The labels that absent() gives: those asked for by equality."""
    inner = node.inner if isinstance(node, Subquery) else node
    if not isinstance(inner, Series):
        return {}
    return {m.label: frozenset({m.value}) for m in inner.matchers if m.operator == "=" and m.value}


def relabelled(node: Call, of: Facts) -> Facts:
    """What label_replace() and label_join() make: the label they set has a known value where none is copied."""
    target = node.args[1]
    if of.labels is None or not isinstance(target, Text):
        return of
    values: Values = None
    given = node.args[2] if len(node.args) > 2 else None
    if node.name == "label_replace" and isinstance(given, Text) and "$" not in given.value:
        values = frozenset({given.value})
    return replace(of, labels={**of.labels, target.value: values}, scalar=False)


def grouped(node: Aggregate, labels: Mapping[str, Values] | None) -> Labels | None:
    """The labels that an aggregation leaves."""
    made: Labels = {node.param.value: None} if node.op == "count_values" and isinstance(node.param, Text) else {}
    if node.grouping == "without":
        return None if labels is None else {k: v for k, v in labels.items() if k not in node.labels} | made
    if labels is None:
        return dict.fromkeys(node.labels) | made
    return {label: labels[label] for label in node.labels if label in labels} | made


def matched(node: Binary, left: Facts, right: Facts) -> Mapping[str, Values] | None:
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
