"""Every expression of PromQL that a stack has, with the place in the spec that it comes from.

An indicator is looked at first, by itself. What rules and panels make of it repeats the same mistakes: each is told
once for a service, at the place that comes first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from generator.promql.known import Catalogue
from generator.promql.reasoning import Reasoning
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
    bound: Bound | None = None
    rule: Recording | Alerting | None = None

    @cached_property
    def tree(self) -> Node | None:
        """Its syntax; None when it is no PromQL, which is left to promtool."""
        return read(self.text)

    @cached_property
    def nodes(self) -> tuple[tuple[Node, tuple[Node, ...]], ...]:
        """Every node with those around it, the nearest last."""
        return () if self.tree is None else tuple(walk(self.tree))


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
        """Indicators, then rules, then panels; each text once for a service."""
        found: dict[tuple[str, str], Use] = {}
        for use in (*self._indicators(), *self._rules(), *self._panels()):
            found.setdefault((use.service, use.text), use)
        return tuple(found.values())

    @cached_property
    def families(self) -> tuple[tuple[tuple[Use, ...], ...], ...]:
        """The expressions by service, those services together that differ in nothing but their name.

        What is right for one of them is right for all: of a thousand services made alike, one is looked at. Panels over
        all services come last."""
        by_service: dict[str, list[Use]] = {}
        for use in self.uses:
            by_service.setdefault(use.service, []).append(use)
        alike: dict[object, list[tuple[Use, ...]]] = {}
        for name, uses in sorted(by_service.items(), key=lambda item: not item[0]):
            alike.setdefault(self._shape(name, uses), []).append(tuple(uses))
        return tuple(tuple(family) for family in alike.values())

    def _shape(self, name: str, uses: list[Use]) -> object:
        """What reasoning about a service's expressions depends on, with a mark in place of its name."""
        service = self.work.stack.by_name.get(name)
        if service is None:
            return name
        metrics = [
            (metric, declared.type, declared.unit, declared.labels, declared.buckets, declared.range)
            for metric, declared in service.spec.metrics.items()
        ]
        jobs = [(job.name, job.part, job.interval, job.labels) for job in service.jobs]
        parts = [(part.name, part.pack) for part in service.parts]
        texts = [
            (use.text, type(use.rule), use.bound and (type(use.bound.spec), use.bound.spec.window)) for use in uses
        ]
        words = repr((metrics, jobs, parts, texts))
        return re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", "\0", words)

    def _indicators(self) -> Iterator[Use]:
        from spec.expr import expr

        for service in self.work.stack.services:
            for bound in service.indicators.values():
                yield Use("indicator", service.name, bound.origin, expr(bound), bound=bound)

    def _rules(self) -> Iterator[Use]:
        for group in self.work.groups:
            for rule in group.rules:
                yield Use("rule", group.file, rule.origin, rule.expr, rule=rule)

    def _panels(self) -> Iterator[Use]:
        from dashboards.queries import panel_queries
        from generator.validate.dashboards import origin
        from spec.names import PROMETHEUS_UID

        for path, board in self.work.boards.items():
            at = origin(self.work, path)
            service = str(at[1]) if at[:1] == ("services",) else ""  # of all services: nobody's in particular
            for query in panel_queries(board):
                if query.datasource == PROMETHEUS_UID:
                    yield Use("panel", service, at, query.expr)

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
    told: set[str] = set()
    for family in work.expressions.families:
        for uses in family:
            found = tuple(_of_service(work, find, uses, told if not uses[0].service else set()))
            told.update(finding.message for _, finding in found)
            for use, finding in found:
                at = work.expressions.place(use, finding)
                yield work.problem(at, finding.message, finding.hint, id=name)
            if not found:
                break


def _of_service(work: Work, find: Finder, uses: tuple[Use, ...], told: set[str]) -> Iterator[tuple[Use, Finding]]:
    for use in uses:
        for finding in find(use, work.expressions):
            if finding.message not in told:
                told.add(finding.message)
                yield use, finding


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Finder = Callable[[Use, Expressions], Iterable[Finding]]
