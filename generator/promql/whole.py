"""Quotients that are shares: a part of a whole lies between 0 and 1."""

from __future__ import annotations

from generator.promql.known import BUCKET
from generator.promql.tree import GROWTH, Aggregate, Binary, Call, Node, Number, Series


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
