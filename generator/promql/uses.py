"""Every expression of PromQL that a stack has, with the place in the spec that it comes from.

An indicator is looked at first, by itself. What rules and panels make of it repeats the same mistakes: each is told
once for a service, at the place that comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from generator.promql.facts import Reasoning
from generator.promql.known import Catalogue
from generator.promql.tree import read, walk
from spec.tree_path import value_at
from spec.yaml_tree import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.facts import Facts
    from generator.promql.tree import Node
    from generator.validate.work import Work
    from rules.rule import Alerting, Recording
    from spec.problem import Problem
    from spec.stack import Bound, SpecPath
    from spec.yaml_tree import Tree


@dataclass(frozen=True, eq=False)
class Use:
    """An expression in its place. Of `bound` and `rule` the one is given that it is the expression of."""

    kind: Literal["indicator", "rule", "panel"]
    service: str
    origin: SpecPath
    text: str
    tree: Node
    bound: Bound | None = None
    rule: Recording | Alerting | None = None

    @cached_property
    def nodes(self) -> tuple[tuple[Node, tuple[Node, ...]], ...]:
        """Every node with those around it, the nearest last."""
        return tuple(walk(self.tree))


@dataclass(frozen=True)
class Finding:
    """A mistake in an expression. `words` are of the spec's text where it stands; `key` is the threshold's, if any."""

    message: str
    hint: str = ""
    words: str = ""
    at: SpecPath = ()


class Expressions:
    """All expressions of a stack, and what is known of their values."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.catalogue = Catalogue(work.stack, work.groups)
        self.reasoning = Reasoning(self.catalogue)

    def facts(self, node: Node) -> Facts:
        return self.reasoning.of(node)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Indicators, then rules, then panels; each text once for a service. What is no PromQL is left to promtool."""
        found: dict[tuple[str, str], Use] = {}
        for use in (*self._indicators(), *self._rules(), *self._panels()):
            found.setdefault((use.service, use.text), use)
        return tuple(found.values())

    def _indicators(self) -> Iterator[Use]:
        from spec.expr import expr

        for service in self.work.stack.services:
            for bound in service.indicators.values():
                text = expr(bound)
                tree = read(text)
                if tree is not None:
                    yield Use("indicator", service.name, bound.origin, text, tree, bound=bound)

    def _rules(self) -> Iterator[Use]:
        for group in self.work.groups:
            for rule in group.rules:
                tree = read(rule.expr)
                if tree is not None:
                    yield Use("rule", group.file, rule.origin, rule.expr, tree, rule=rule)

    def _panels(self) -> Iterator[Use]:
        from dashboards.queries import panel_queries
        from generator.validate.dashboards import origin
        from spec.names import PROMETHEUS_UID

        for path, board in self.work.boards.items():
            at = origin(self.work, path)
            service = str(at[1]) if at[:1] == ("services",) else ""  # of all services: nobody's in particular
            for query in panel_queries(board):
                tree = read(query.expr) if query.datasource == PROMETHEUS_UID else None
                if tree is not None:
                    yield Use("panel", service, at, query.expr, tree)

    def place(self, use: Use, finding: Finding) -> SpecPath:
        """The place of a finding: where its words stand below the expression's own."""
        if finding.at:
            return finding.at
        return _where(value_at(self.work.tree, use.origin), finding.words, use.origin) or use.origin


def _where(tree: Tree, words: str, path: SpecPath) -> SpecPath:
    """The path of the first text that holds the words."""
    if not words:
        return ()
    if isinstance(tree, str):
        return path if words in tree else ()
    inner = tree.items() if isinstance(tree, Map) else enumerate(tree) if isinstance(tree, Seq) else ()
    return next((found for key, value in inner if (found := _where(value, words, (*path, key)))), ())


def problems(work: Work, find: Finder, name: str) -> Iterator[Problem]:
    """What a look finds in every expression, each mistake once for a service; panels over all services come last."""
    told: set[tuple[str, str]] = set()
    expressions = work.expressions
    for use in expressions.uses:
        for finding in find(use, expressions):
            everywhere = not use.service and any(message == finding.message for _, message in told)
            if not everywhere and (use.service, finding.message) not in told:
                told.add((use.service, finding.message))
                yield work.problem(expressions.place(use, finding), finding.message, finding.hint, id=name)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Finder = Callable[[Use, Expressions], Iterable[Finding]]
