"""Two ways of asking what a panel asks: through Grafana's own query API, or its data sources without it.

Grafana fills in its own variables, such as `$__rate_interval`, turns errors of the data source into words, and uses the
credentials that it was provisioned with: what it answers is what a reader sees. Where it does not run, the data sources
are asked directly.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from compose.clients import UnreachableError
from spec.names import LOKI_UID, PROMETHEUS_UID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compose.clients import Clients
    from compose.smoke.check import World
    from dashboards.queries import PanelQuery

RANGE_SECONDS = 21_600
CHART_SECONDS, POINTS = 900, 60
AT_ONCE = 40
"""Queries in one request to Grafana."""

DATA, EMPTY = "data", "empty"
OWN_VARIABLES = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")
NAN = "NaN"


class Way(Protocol):
    """A way of asking. Both raise UnreachableError when nobody answers."""

    @property
    def name(self) -> str:
        """What the report says of it."""

    def ask(self, queries: Sequence[PanelQuery], values: Mapping[str, str]) -> list[str]:
        """For each query of a dashboard: `data`, `empty`, or what went wrong."""

    def label_values(self, label: str, selector: str) -> list[str]:
        """The values of a label, of the series that match."""


def substitute(expr: str, values: Mapping[str, str], own: Mapping[str, str]) -> str:
    """The expression with the variables in it; one that nobody knows stays."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return own.get(name) or values.get(name, match[0])

    return OWN_VARIABLES.sub(value, expr)


def of_grafana(interval: float) -> Mapping[str, str]:
    """What Grafana puts in for its own variables, on a chart of a quarter of an hour; `interval` is that of scrapes."""
    return {
        "__rate_interval": f"{int(max(interval * 4, 60))}s", "__interval": "15s", "__range": f"{RANGE_SECONDS}s",
        "__range_s": str(RANGE_SECONDS), "__interval_ms": "15000", "__auto": "1m",
    }  # fmt: skip


def way(world: World) -> Way:
    """Through Grafana where it runs."""
    own = of_grafana(world.stack.spec.defaults.interval.seconds)
    return ThroughGrafana(world.clients, own) if world.has("grafana") else Directly(world.clients, own)


@dataclass(frozen=True)
class ThroughGrafana:
    """https://grafana.com/docs/grafana/latest/developers/http_api/data_source/#query-a-data-source

    `own` stands for Grafana's own variables where Prometheus is asked again.
    """

    clients: Clients
    own: Mapping[str, str]
    name: str = "asked through Grafana"

    def ask(self, queries: Sequence[PanelQuery], values: Mapping[str, str]) -> list[str]:
        """Many at once: each request costs Grafana the checking of a password."""
        parts = [queries[start : start + AT_ONCE] for start in range(0, len(queries), AT_ONCE)]
        return [said for part in parts for said in self._ask(part, values)]

    def _ask(self, queries: Sequence[PanelQuery], values: Mapping[str, str]) -> list[str]:
        """The letters of a panel's queries come again in the next panel: here each query has its number."""
        asked = [
            _target(query, substitute(query.expr, values, {})) | {"refId": str(number)}
            for number, query in enumerate(queries)
        ]
        body = {"from": f"now-{CHART_SECONDS}s", "to": "now", "queries": asked}
        answer = self.clients.grafana.ask("POST", "/api/ds/query", json=body)
        try:
            results: Mapping[str, Any] = answer.json()["results"]
        except (ValueError, KeyError) as error:
            said = " ".join(answer.text.split())[:200]
            raise UnreachableError(f"grafana answers {answer.status_code} at /api/ds/query: {said}") from error
        verdicts = [_verdict(results.get(str(number), {})) for number in range(len(queries))]
        return [
            self._doubted(query, values) if verdict == EMPTY else verdict
            for query, verdict in zip(queries, verdicts, strict=True)
        ]

    def _doubted(self, query: PanelQuery, values: Mapping[str, str]) -> str:
        """What Prometheus says of a query without data: Grafana 9.4 shows one that it refuses in the same way."""
        if query.datasource != PROMETHEUS_UID:
            return EMPTY
        try:
            expr = substitute(query.expr, values, self.own)
            answer = self.clients.prometheus.ask("POST", "/api/v1/query", data={"query": expr})
            refused = {} if answer.ok else answer.json()
        except (UnreachableError, ValueError):  # that it does not answer is told by other checks
            return EMPTY
        return f"Prometheus says: {refused.get('errorType')}: {refused['error']}" if "error" in refused else EMPTY

    def label_values(self, label: str, selector: str) -> list[str]:
        """As a variable of the page does."""
        path = f"/api/datasources/uid/prometheus/resources/api/v1/label/{quote(label)}/values"
        found: list[str] = self.clients.grafana.get(path, **({"match[]": selector} if selector else {}))["data"]
        return found


def _target(query: PanelQuery, expr: str) -> dict[str, Any]:
    source = "loki" if query.datasource == LOKI_UID else "prometheus"
    return {
        "datasource": {"type": source, "uid": query.datasource}, "expr": expr,
        "instant": query.instant, "range": not query.instant, "queryType": "instant" if query.instant else "range",
        "intervalMs": CHART_SECONDS * 1000 // POINTS, "maxDataPoints": POINTS,
    }  # fmt: skip


def _verdict(result: Mapping[str, Any]) -> str:
    if result.get("error"):
        return f"Grafana says: {' '.join(str(result['error']).split())}"
    return DATA if any(map(_has_data, result.get("frames", ()))) else EMPTY


def _has_data(frame: Mapping[str, Any]) -> bool:
    """Whether a frame has a number, or a line of text where it has no numbers; NaN comes as null."""
    fields = frame.get("schema", {}).get("fields", ())
    columns = frame.get("data", {}).get("values", ())
    numbers = [column for field, column in zip(fields, columns, strict=False) if field.get("type") == "number"]
    return any(value is not None for column in numbers or columns for value in column)


@dataclass(frozen=True)
class Directly:
    """The interfaces of Prometheus and Loki; `own` stands for Grafana's own variables."""

    clients: Clients
    own: Mapping[str, str]
    name: str = "asked directly"

    def ask(self, queries: Sequence[PanelQuery], values: Mapping[str, str]) -> list[str]:
        """One after the other."""
        return [self._ask(query, substitute(query.expr, values, self.own)) for query in queries]

    def _ask(self, query: PanelQuery, expr: str) -> str:
        now = time.time()
        if query.datasource == LOKI_UID:
            start, end = (int(moment * 1e9) for moment in (now - RANGE_SECONDS, now))
            params = {"query": expr, "start": start, "end": end, "limit": 1, "step": "60s"}
            found = self.clients.loki.get("/loki/api/v1/query_range", **params)["data"]["result"]
            return DATA if found else EMPTY
        if query.instant:
            return DATA if _real(self.clients.query(expr, now), "value") else EMPTY
        times = {"start": now - CHART_SECONDS, "end": now, "step": CHART_SECONDS // POINTS}
        result = self.clients.prometheus.form("/api/v1/query_range", query=expr, **times)["data"]["result"]
        return DATA if _real(result, "values") else EMPTY

    def label_values(self, label: str, selector: str) -> list[str]:
        """From Prometheus."""
        narrow = {"match[]": selector} if selector else {}
        found: list[str] = self.clients.prometheus.get(f"/api/v1/label/{label}/values", **narrow)["data"]
        return found


def _real(result: Iterable[Mapping[str, Any]], key: str) -> bool:
    """Whether there is any number in the result; Grafana shows NaN as no data."""
    points = (point for series in result for point in (series[key] if key == "values" else [series[key]]))
    return any(point[1] != NAN for point in points)
