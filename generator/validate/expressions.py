"""What promtool lets pass in rules: expressions that are no vectors, alerts that always fire, rules given twice.

`up[5m]` and `"text"` load without a word and fail at every evaluation; an alert on a constant never ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.validate.work import expression_origin, name_of
from rules.rule import Alerting
from spec.names import WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from rules.rule import Recording
    from spec.problem import Problem
    from spec.stack import SpecPath

EXPRESSIONS = "rules/expressions"
_INNER = ("expr", "lhs", "rhs", "vector_selector")


def expressions(work: Work) -> Iterator[Problem]:
    """Every expression gives an instant vector and, in alerts, looks at something; every rule is there once."""
    first: dict[tuple[str, ...], SpecPath] = {}
    for group in work.groups:
        for rule in group.rules:
            complaint = fault(rule, trusted="promtool" in work.tools)
            if complaint:
                at = expression_origin(rule)
                yield work.problem(at, f"rule {name_of(rule)}: {complaint}", id=EXPRESSIONS)
            key = (group.file, name_of(rule), *(f"{label}={value}" for label, value in sorted(rule.labels.items())))
            if key in first:
                message = f"the rule {name_of(rule)} is there twice with the same labels"
                place = work.problem(first[key], "", id=EXPRESSIONS)
                yield work.problem(rule.origin, message, f"first at {place.mark}: {place.path}", id=EXPRESSIONS)
            first.setdefault(key, rule.origin)


def fault(rule: Recording | Alerting, trusted: bool) -> str:
    """What is wrong with a rule's expression; `trusted` leaves its syntax to promtool, which says more about it."""
    import promql_parser

    try:
        tree = promql_parser.parse(rule.expr)
    except ValueError as error:
        return "" if trusted else f"not PromQL: {error}"
    kind = _kind(tree)
    if kind:
        return f"the expression is {kind}, where an instant vector is needed: it would fail at every evaluation"
    if isinstance(rule, Alerting) and rule.alert != WATCHDOG and not _looks_at_series(tree):
        return "the expression is a constant: the alert would always or never fire"
    return ""


def _kind(tree: Any) -> str:
    """What an expression is when it is no vector or number."""
    match type(tree).__name__:
        case "ParenExpr":
            return _kind(tree.expr)
        case "MatrixSelector" | "SubqueryExpr":
            return "a range vector"
        case "StringLiteral":
            return "a string"
        case _:
            return ""


def _looks_at_series(tree: Any) -> bool:
    if type(tree).__name__ == "VectorSelector":
        return True
    inner = [getattr(tree, name, None) for name in _INNER] + list(getattr(tree, "args", None) or ())
    return any(_looks_at_series(part) for part in inner if part is not None)
