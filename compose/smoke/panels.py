"""Checks of dashboards: every query of every panel, and every variable, has data or is declared empty-ok."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from compose.clients import UnreachableError
from compose.smoke.check import Finding, World
from dashboards.queries import DashboardVariable, PanelQuery, panel_queries, variables
from spec.names import LOKI_UID, OWN_SERVICE, PROMETHEUS_UID
from spec.own import PACK_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LABEL_VALUES = re.compile(r"label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)")
_ENDINGS = re.compile(r"_(total|bucket|sum|count)$")
RANGE_SECONDS = 21_600
ALL = "$__all"
WORKERS = 4


def panels(world: World) -> Finding:
    """Runs every panel's queries with the variables filled in as Grafana fills them in at first."""
    if not world.stack.enabled("grafana"):
        return Finding("", skipped="this stack has no Grafana, so no dashboards")
    documents = [json.loads(path.read_bytes()) for path in sorted((world.build / "dashboards").rglob("*.json"))]
    filled = {document["uid"]: _fill(world, variables(document)) for document in documents}
    problems = [text for _, complaints in filled.values() for text in complaints]
    asked = [query for document in documents for query in panel_queries(document)]
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(lambda query: _answer(world, query, filled[query.dashboard][0]), asked))
    return _count(asked, answers, problems)


def _count(asked: Iterable[PanelQuery], answers: Iterable[str], problems: list[str]) -> Finding:
    """A panel has data when one of its queries has, and is wrong when one of them fails."""
    by_panel: dict[tuple[str, int], list[tuple[PanelQuery, str]]] = {}
    for query, answer in zip(asked, answers, strict=True):
        by_panel.setdefault((query.dashboard, query.panel), []).append((query, answer))
    counts = {"with_data": 0, "empty_ok": 0, "no_data": 0, "not_asked": 0, "total": len(by_panel)}
    for (uid, _), pairs in by_panel.items():
        failures = [answer for _, answer in pairs if answer not in ("data", "empty", "absent")]
        said = {answer for _, answer in pairs}
        if failures:
            counts["no_data"] += 1
            problems.append(f"{uid}: {pairs[0][0].title}: {failures[0]}")
        elif "data" in said:
            counts["with_data"] += 1
        elif said == {"absent"}:
            counts["not_asked"] += 1
        elif pairs[0][0].empty_ok:
            counts["empty_ok"] += 1
        else:
            counts["no_data"] += 1
            problems.append(f"{uid}: {pairs[0][0].title}: no data: {pairs[0][0].expr}")
    detail = (
        f"{counts['with_data']} of {counts['total']} panels with data, "
        f"{counts['empty_ok']} rightly empty, {counts['no_data']} without"
    )
    if counts["not_asked"]:
        detail += f", {counts['not_asked']} not asked (what they show does not run here)"
    return Finding(detail, tuple(problems), counts)


def _fill(world: World, declared: Iterable[DashboardVariable]) -> tuple[dict[str, str], list[str]]:
    """A value for each variable, and complaints about variables that have none."""
    values: dict[str, str] = {}
    complaints = []
    for variable in declared:
        known = list(variable.values)
        if variable.kind == "query" and variable.datasource == PROMETHEUS_UID:
            known = _values(world, substitute(variable.query, values))
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


def _values(world: World, query: str) -> list[str]:
    match = _LABEL_VALUES.fullmatch(query.strip())
    if match is None:
        return []
    selector = {"match[]": match[1]} if match[1] else {}
    found: list[str] = world.clients.prometheus.get(f"/api/v1/label/{match[2]}/values", **selector)["data"]
    return found


def substitute(expr: str, values: Mapping[str, str], interval: float = 15.0) -> str:
    """The expression as Grafana sends it: its own variables, then the dashboard's."""
    own = {
        "__rate_interval": f"{int(max(interval * 4, 60))}s", "__interval": "15s", "__range": f"{RANGE_SECONDS}s",
        "__range_s": str(RANGE_SECONDS), "__interval_ms": "15000", "__auto": "1m",
    }  # fmt: skip

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return own.get(name) or values.get(name, match[0])

    return re.sub(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)", value, expr)


def _answer(world: World, query: PanelQuery, values: Mapping[str, str]) -> str:
    """`data`, `empty`, `absent` when the data source or the program it asks about does not run here, or the error."""
    expr = substitute(query.expr, values, world.stack.spec.defaults.interval.seconds)
    try:
        if query.datasource == LOKI_UID:
            return _ask_loki(world, expr) if world.has("loki") and world.has("alloy") else "absent"
        answer = _ask_prometheus(world, expr, query.instant)
        return "absent" if answer == "empty" and _of_the_absent(world, expr) else answer
    except UnreachableError as error:
        return str(error)


def _of_the_absent(world: World, expr: str) -> bool:
    """Whether an expression reads, maybe by a recorded series, what a component measures that does not run here."""
    packs = {pack for component, pack in PACK_OF if component in world.absent}
    parts = [part for part in world.stack.by_name[OWN_SERVICE].parts if part.pack in packs]
    metrics = {_ENDINGS.sub("", name) for part in parts for name in part.metrics}
    return any(_ENDINGS.sub("", word) in metrics for word in re.findall(r"[a-zA-Z_][a-zA-Z0-9_]*", expr))


def _ask_prometheus(world: World, expr: str, instant: bool) -> str:
    now = time.time()
    if instant:
        return "data" if _real(world.clients.query(expr, now), "value") else "empty"
    data = world.clients.prometheus.form("/api/v1/query_range", query=expr, start=now - 900, end=now, step=15)["data"]
    return "data" if _real(data["result"], "values") else "empty"


def _real(result: Iterable[Mapping[str, Any]], key: str) -> bool:
    """Whether there is any number in the result; Grafana shows NaN as no data."""
    for series in result:
        points = series[key] if key == "values" else [series[key]]
        if any(point[1] != "NaN" for point in points):
            return True
    return False


def _ask_loki(world: World, expr: str) -> str:
    now = time.time_ns()
    params = {"query": expr, "start": now - RANGE_SECONDS * 10**9, "end": now, "limit": 1, "step": "60s"}
    return "data" if world.clients.loki.get("/loki/api/v1/query_range", **params)["data"]["result"] else "empty"
