"""Every log query that a stack has, with the place in the spec that it comes from.

What a service file writes itself comes first, then rules, then panels: a mistake is told once for a service, at the
place where it was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from generator.logql.read import read
from generator.logql.tokens import NotLogQL
from generator.logql.tree import walk
from spec.log_query import written
from spec.names import LOKI_UID
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from generator.logql.tree import Node
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath, Stack

    Finder = Callable[[Stack, Node], Iterable[tuple[str, str]]]
    """Yields a message and a hint for each mistake in a part of a query, or in the whole."""


@dataclass(frozen=True, eq=False)
class LogUse:
    """A query in its place; `service` is empty when it is of all of them."""

    service: str
    origin: SpecPath
    text: str

    @cached_property
    def fault(self) -> NotLogQL | None:
        """Why it is no LogQL; None when it is."""
        try:
            read(self.text)
        except NotLogQL as fault:
            return fault
        return None

    @cached_property
    def tree(self) -> Node | None:
        return None if self.fault else read(self.text)

    @property
    def nodes(self) -> Iterator[Node]:
        return iter(()) if self.tree is None else walk(self.tree)


def uses(work: Work) -> tuple[LogUse, ...]:
    """Each text once for a service, at its first place."""
    found: dict[tuple[str, str], LogUse] = {}
    for use in (*_written(work.stack), *_rules(work), *_panels(work)):
        found.setdefault((use.service, use.text), use)
    return tuple(found.values())


@once
def _written(stack: Stack) -> tuple[LogUse, ...]:
    return tuple(
        LogUse(
            name, ("services", name, "dashboards", d, "sections", s, "panels", p, "logql"), written(name, panel.logql)
        )
        for name, service in stack.spec.services.items()
        for d, board in enumerate(service.dashboards)
        for s, section in enumerate(board.sections)
        for p, panel in enumerate(section.panels)
        if panel.logql is not None
    )


def _rules(work: Work) -> Iterator[LogUse]:
    return (LogUse(group.file, rule.origin, rule.expr) for group in work.log_groups for rule in group.rules)


def _panels(work: Work) -> Iterator[LogUse]:
    from dashboards.queries import panel_queries
    from generator.validate.dashboards import origin

    for path, board in work.boards.items():
        at = origin(work, path)
        service = str(at[1]) if at[:1] == ("services",) else ""
        for query in panel_queries(board):
            if query.datasource == LOKI_UID:
                yield LogUse(service, at, query.expr)


def problems(work: Work, find: Finder, name: str) -> Iterator[Problem]:
    """What a look finds in every query, each mistake once for a service."""
    told: set[tuple[str, str]] = set()
    for use in work.log_queries:
        if use.tree is None:
            continue
        for message, hint in find(work.stack, use.tree):
            if (use.service, message) not in told:
                told.add((use.service, message))
                yield work.problem(use.origin, message, hint, id=name)
