"""Checks of dashboards: every query of every panel, and every variable, has data or is declared empty-ok."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from compose.clients import UnreachableError
from compose.smoke.asking import DATA, EMPTY, substitute, way
from compose.smoke.check import Finding, World
from dashboards.queries import DashboardVariable, PanelQuery, panel_queries, variables
from generator.validate.dashboards import place as board_place
from generator.validate.panel_places import place
from rules.groups import groups
from rules.rule import Recording
from spec.names import LOGS_PART, LOKI_UID, OWN_SERVICE, PROMETHEUS_UID
from spec.own import PACK_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from compose.smoke.asking import Way
    from spec.stack import SpecPath, Stack

_LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)")
_ENDINGS = re.compile(r"_(total|bucket|sum|count)$")
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
ALL = "$__all"
ABSENT = "absent"
WORKERS = 4

Told = tuple[PanelQuery, str]
"""A query, and what came of it."""


def panels(world: World) -> Finding:
    """Runs every panel's queries with the variables filled in as Grafana fills them in at first."""
    if not world.stack.enabled("grafana"):
        return Finding("", skipped="this stack has no Grafana, so no dashboards")
    asking = way(world)
    documents = [json.loads(path.read_bytes()) for path in sorted((world.build / "dashboards").rglob("*.json"))]
    filled = {document["uid"]: _fill(asking, variables(document)) for document in documents}
    problems = [world.told(board_place(world.stack, uid), text) for uid, (_, said) in filled.items() for text in said]
    boards = [panel_queries(document) for document in documents]
    gone = _Gone.of(world)
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = pool.map(lambda board: _answers(asking, board, filled, gone), boards)
        panels_ = [panel for told in answers for panel in _by_panel(told)]
    count = sum(len(values) for values, _ in filled.values())
    return _count(world, panels_, problems, f"{count} variables filled, {asking.name}")


def _by_panel(told: Iterable[Told]) -> Iterator[tuple[Told, ...]]:
    """What was told of each query, panel by panel."""
    return (tuple(group) for _, group in groupby(told, key=lambda one: one[0].panel))


def _count(world: World, told: Sequence[tuple[Told, ...]], problems: list[str], how: str) -> Finding:
    """A panel has data when one of its queries has, and is wrong when one of them fails."""
    counts = {"with_data": 0, "empty_ok": 0, "no_data": 0, "not_asked": 0, "total": len(told)}
    for panel in told:
        kind, complaint = _judge(panel)
        counts[kind] += 1
        problems += [world.told(_place(world.stack, panel[0][0]), complaint)] if complaint else []
    detail = (
        f"{counts['with_data']} of {counts['total']} panels with data, "
        f"{counts['empty_ok']} rightly empty, {counts['no_data']} without"
    )
    if counts["not_asked"]:
        detail += f", {counts['not_asked']} not asked (what they show does not run here)"
    return Finding(f"{detail}; {how}", tuple(problems), counts)


def _judge(panel: tuple[Told, ...]) -> tuple[str, str]:
    """What a panel counts as, and the complaint about it."""
    first, said = panel[0][0], [answer for _, answer in panel]
    name = f"{first.dashboard}: {first.title}"
    failures = [answer for answer in said if answer not in (DATA, EMPTY, ABSENT)]
    if failures:
        return "no_data", f"{name}: {failures[0]}"
    if DATA in said:
        return "with_data", ""
    if set(said) == {ABSENT}:
        return "not_asked", ""
    if first.empty_ok:
        return "empty_ok", ""
    return "no_data", f"{name}: no data: {first.expr}"


def _place(stack: Stack, query: PanelQuery) -> SpecPath:
    return place(stack, query.dashboard, query.title, query.expr)


def _fill(asking: Way, declared: Iterable[DashboardVariable]) -> tuple[dict[str, str], list[str]]:
    """A value for each variable, and complaints about variables that have none."""
    values: dict[str, str] = {}
    complaints = []
    for variable in declared:
        known = list(variable.values)
        if variable.kind == "query" and variable.datasource == PROMETHEUS_UID:
            known = _values(asking, substitute(variable.query, values, {}))
            if not known:
                complaints.append(f"{variable.dashboard}: variable {variable.name} has no values")
        wanted = variable.current
        if wanted == ALL and variable.all_value:
            wanted = variable.all_value
        elif wanted in (ALL, "") and known:
            every = variable.multi or wanted == ALL
            wanted = _any_of([value for value in known if value != ALL]) if every else known[0]
        values[variable.name] = wanted
    return values, complaints


def _any_of(values: list[str]) -> str:
    """A regular expression for any of the values, escaped for a quoted string of PromQL, as Grafana writes it."""
    escaped = [re.sub(r"[\\$^*{}\[\]+?.()|]", r"\\\\\g<0>", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _values(asking: Way, query: str) -> list[str]:
    match = _LABEL_VALUES.fullmatch(query.strip())
    return asking.label_values(match[2], match[1] or "") if match else []


@dataclass(frozen=True)
class _Gone:
    """What does not run here: log lines that nobody brings are not asked for, and what a component of the stack that is
    not here would measure may be empty, and so may every series that is recorded from it."""

    logs: bool
    metrics: frozenset[str]

    @classmethod
    def of(cls, world: World) -> _Gone:
        packs = {pack for component, pack in PACK_OF if component in world.absent}
        parts = [part for part in world.stack.by_name[OWN_SERVICE].parts if part.pack in packs]
        no_logs = not (world.has("loki") and world.has("alloy"))
        if no_logs:
            parts += [part for service in world.stack.services for part in service.parts if part.name == LOGS_PART]
        metrics = frozenset(_ENDINGS.sub("", name) for part in parts for name in part.metrics)
        return cls(no_logs, metrics | _recorded(world.stack, metrics))

    def asked(self, query: PanelQuery) -> bool:
        return not (self.logs and query.datasource == LOKI_UID)

    def excuses(self, query: PanelQuery) -> bool:
        return _mentions(query.expr, self.metrics)


def _recorded(stack: Stack, metrics: frozenset[str]) -> frozenset[str]:
    """The records that are made of the metrics, and those that are made of such records."""
    rules = [rule for group in groups(stack) for rule in group.rules if isinstance(rule, Recording)]
    found: frozenset[str] = frozenset()
    while more := frozenset(rule.record for rule in rules if _mentions(rule.expr, metrics | found)) - found:
        found |= more
    return found


def _mentions(expr: str, metrics: frozenset[str]) -> bool:
    return any(_ENDINGS.sub("", word) in metrics for word in _WORD.findall(expr))


def _answers(
    asking: Way, board: Sequence[PanelQuery], filled: Mapping[str, tuple[dict[str, str], list[str]]], gone: _Gone
) -> list[Told]:
    """What comes of each query of a dashboard."""
    wanted = [query for query in board if gone.asked(query)]
    try:
        said = iter(asking.ask(wanted, filled[wanted[0].dashboard][0]) if wanted else ())
    except UnreachableError as error:
        said = iter([str(error)] * len(wanted))
    told = [(query, next(said) if gone.asked(query) else ABSENT) for query in board]
    return [(query, ABSENT if answer == EMPTY and gone.excuses(query) else answer) for query, answer in told]
