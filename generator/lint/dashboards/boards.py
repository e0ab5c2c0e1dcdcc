"""What the checks of dashboards look at: every panel of every rendered dashboard, and what it asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.promql.tree import GROWTH
from generator.series import VARIABLE_VALUE
from generator.validate.dashboards import origin
from spec.names import PROMETHEUS_UID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.validate.work import Work
    from spec.problem import Level, Problem

WITHOUT_VALUES = frozenset({"row", "text", "dashlist", "alertlist"})
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
OF_TIME = frozenset({"__rate_interval", "__interval", "__range", "__auto"})
STAND_IN = "3m"
"""For a length of time that Grafana fills in: no spec says it, so that a length written by hand is told from it."""


@dataclass(frozen=True)
class Shown:
    """A panel of a rendered dashboard."""

    path: str
    panel: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.panel.get("title") or self.panel.get("id"))

    @property
    def kind(self) -> str:
        return str(self.panel.get("type"))

    @property
    def targets(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.panel.get("targets", ()))

    @property
    def promql(self) -> Iterator[str]:
        """What it asks Prometheus."""
        for target in self.targets:
            if target.get("datasource", {}).get("uid") == PROMETHEUS_UID:
                yield str(target.get("expr", ""))

    def problem(self, work: Work, message: str, hint: str = "", *, id: str, level: Level = "error") -> Problem:  # noqa: A002 - what it is called everywhere
        """A complaint at what of the spec the dashboard is made from."""
        said = f"{self.path}: panel {self.name!r}: {message}"
        return work.problem(origin(work, self.path), said, hint, id=id, level=level)


def panels(work: Work) -> Iterator[Shown]:
    """Every panel but the rows, those inside of collapsed rows too."""
    for path, board in work.boards.items():
        for panel in board.get("panels", ()):
            yield from (Shown(path, one) for one in (panel, *panel.get("panels", ())) if one.get("type") != "row")


def with_values(work: Work) -> Iterator[Shown]:
    """Every panel that asks something."""
    return (shown for shown in panels(work) if shown.kind not in WITHOUT_VALUES)


@lru_cache(4096)
def parsed(expr: str) -> Any:
    """The syntax tree of an expression with its variables filled in; None when it is no PromQL."""
    import promql_parser

    try:
        return promql_parser.parse(VARIABLE.sub(_filled, expr))
    except ValueError:
        return None


class Seen(NamedTuple):
    """What several checks look for in an expression: it is taken apart once for all of them."""

    bare: tuple[str, ...]
    """The names of raw series without a matcher."""
    rates: tuple[tuple[str, int], ...]
    """Calls of `rate` and the like, with their windows in milliseconds."""
    ranges: tuple[tuple[str, float], ...]
    """Raw series that are read over a range, and its length in seconds."""


@lru_cache(100_000)
def seen(expr: str) -> Seen:
    """What stands in an expression; nothing in one that is no PromQL."""
    bare, rates, ranges = [], [], []
    for node in nodes(parsed(expr)):
        kind = type(node).__name__
        if kind == "VectorSelector" and not node.matchers.matchers and ":" not in node.name:
            bare.append(node.name)
        elif kind == "Call" and node.func.name in GROWTH:
            rates.append((node.func.name, int(node.args[0].range.total_seconds() * 1000)))
        elif kind == "MatrixSelector" and ":" not in node.vector_selector.name:
            ranges.append((node.vector_selector.name, node.range.total_seconds()))
    return Seen(tuple(bare), tuple(rates), tuple(ranges))


def _filled(match: re.Match[str]) -> str:
    name = match[1] or match[2]
    if name == "__range_s":
        return "1"
    return STAND_IN if name in OF_TIME else VARIABLE_VALUE


def nodes(tree: Any) -> Iterator[Any]:
    """A syntax tree's node and all below it."""
    yield tree
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        inner = getattr(tree, name, None)
        if inner is not None:
            yield from nodes(inner)
    for inner in getattr(tree, "args", None) or ():
        yield from nodes(inner)
