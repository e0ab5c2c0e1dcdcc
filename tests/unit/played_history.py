"""A Prometheus with a past: which course each query has is a table of what it holds and a function of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec.resolve import resolve
from spec.root import StackSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spec.stack import Stack

    Past = Callable[[float], float | None]
    """The value at a second; None while there is none."""

HOUR, DAY = 3_600, 86_400
END = 1_767_225_600
"""2026-01-01 00:00:00 UTC"""
BEGINNING = END - 14 * DAY

SHOP: dict[str, Any] = {
    "service": "shop",
    "title": "Shop",
    "owner": "sales",
    "scrape": {"targets": ["shop:8080"]},
    "metrics": {
        "shop_requests_total": {"type": "counter", "help": "R.", "labels": {"code": ["2xx", "5xx"]}},
        "shop_errors_total": {"type": "counter", "help": "E.", "labels": {"type": ["timeout", "database"]}},
        "shop_request_seconds": {"type": "histogram", "help": "T.", "unit": "seconds", "labels": {"route": ["a", "b"]}},
        "shop_jobs_total": {"type": "counter", "help": "J.", "labels": {"outcome": ["done", "failed"]}},
        "shop_backup_timestamp_seconds": {"type": "gauge", "help": "B.", "unit": "timestamp"},
        "shop_connections": {"type": "gauge", "help": "C.", "labels": {"state": ["used", "idle"]}},
        "shop_database_size_bytes": {"type": "gauge", "help": "D.", "unit": "bytes"},
        "shop_users": {"type": "gauge", "help": "U.", "business": True},
    },
    "indicators": {
        "requests": {"rate": "shop_requests_total", "title": "Requests"},
        "errors": {
            "ratio": {"of": 'shop_requests_total{code="5xx"}', "to": "shop_requests_total"},
            "traffic": "1/m",
            "title": "Failed requests",
        },
        "errors-by-type": {"rate": "shop_errors_total", "by": ["type"]},
        "latency": {"quantile": {"of": "shop_request_seconds"}, "title": "Response time"},
        "jobs": {"rate": "shop_jobs_total", "title": "Jobs"},
        "job-failures": {
            "ratio": {"of": 'shop_jobs_total{outcome="failed"}', "to": "shop_jobs_total"},
            "title": "Failed jobs",
        },
        "backup": {"age": "shop_backup_timestamp_seconds", "title": "Last backup"},
        "connections": {
            "ratio": {"of": 'shop_connections{state="used"}', "to": "shop_connections"},
            "title": "Connections in use",
        },
        "database-size": {
            "forecast": {"of": "shop_database_size_bytes", "ahead": "30d"},
            "aggregate": "max",
            "title": "Database size in 30 days",
        },
        "users": {"value": "shop_users", "aggregate": "sum", "title": "Users"},
    },
    "golden": {"traffic": "requests", "errors": "errors", "latency": "latency", "saturation": "connections"},
    "business": ["users"],
    "slos": [{"name": "availability", "title": "Requests are answered", "indicator": "errors", "objective": 99.9}],
    "alerts": [
        {"name": "Slow", "indicator": "latency", "above": "1s", "severity": "high", "summary": "S."},
        {"name": "Full", "indicator": "connections", "above": "80%", "severity": "high", "summary": "F."},
        {"name": "NoBackup", "indicator": "backup", "above": "26h", "severity": "high", "summary": "B."},
        {"name": "Outgrown", "indicator": "database-size", "above": "400GB", "severity": "low", "summary": "O."},
    ],
}


def shop(**changes: object) -> Stack:
    """A stack whose one service has something to say in every chapter."""
    root: dict[str, object] = {
        "stack": "small",
        "title": "Small stack",
        "owner": "sales",
        "owners": {"sales": {"title": "Sales"}},
        "notification": {"receivers": {"mail": {"email": {"to": ["sales@example.org"]}}}, "default": "mail"},
        "services": {"shop": SHOP},
    }
    return resolve(StackSpec.model_validate(root | changes))


def always(value: float) -> Past:
    return lambda _: value


def since(start: float, past: Past) -> Past:
    """Nothing before, then the past."""
    return lambda time: past(time) if time >= start else None


def steps(usual: float, **other: float) -> Past:
    """One value, but in hours that are named by how many there are between them and the end, as `h30`."""
    return lambda time: other.get(f"h{int((END - time) // HOUR)}", usual)


class History:
    """Answers from a table: what a query holds → its series (labels as `a=b,c=d`) and their past. The first that fits
    counts; a query that nothing fits has no series."""

    def __init__(self, table: Mapping[str, Mapping[str, Past]]) -> None:
        self.table = table
        self.asked: list[str] = []

    @property
    def answers(self) -> dict[str, Any]:
        return {"/api/v1/query_range": self._range, "/api/v1/query": self._instant}

    def _series(self, query: str) -> list[tuple[dict[str, str], Past]]:
        self.asked.append(query)
        found = next((series for part, series in self.table.items() if part in query), {})
        return [(dict(pair.split("=") for pair in labels.split(",") if pair), past) for labels, past in found.items()]

    def _range(self, query: str, start: int, end: int, step: int) -> dict[str, Any]:
        result = [
            {
                "metric": labels,
                "values": [
                    [time, str(value)] for time in range(start, end + 1, step) if (value := past(time)) is not None
                ],
            }
            for labels, past in self._series(query)
        ]
        return {"data": {"resultType": "matrix", "result": [one for one in result if one["values"]]}}

    def _instant(self, query: str, time: int) -> dict[str, Any]:
        result = [
            {"metric": labels, "value": [time, str(value)]}
            for labels, past in self._series(query)
            if (value := past(time)) is not None
        ]
        return {"data": {"resultType": "vector", "result": result}}


ORDINARY: dict[str, dict[str, Past]] = {
    "count by (service) (up)": {"service=shop": always(1)},
    'avg_over_time(service:slo_bad_events:rate5m{service="shop",slo="availability"}[': {
        "": lambda time: 0.0004 if time == END else 0.0002
    },
    "service:slo_bad_events:rate5m": {"": steps(0.01, h30=1.0)},
    "service:slo_events:rate5m": {"": lambda time: 10.0 if time > END - 7 * DAY else 8.0},
    "service:slo_budget_left:ratio": {"": always(0.62)},
    "service:slo_exhausted_in:seconds": {"": always(9 * DAY)},
    "service_alertname_severity_category:alerts_firing:seconds1m": {
        "alertname=Slow,severity=high": always(5400),
        "alertname=Full,severity=high": always(600),
    },
    "service_alertname_severity_category:alerts_firing:started1m": {
        "alertname=Slow,severity=high": lambda time: 4.0 if time == END else 1.0
    },
    "ALERTS": {"alertname=Full,severity=high": always(1)},
    "shop_errors_total": {"service=shop,type=timeout": always(0.02), "service=shop,type=database": always(0.005)},
    "by (service, route": {"service=shop,route=a": always(0.2), "service=shop,route=b": always(0.7)},
    "service:shop_request_seconds": {"service=shop": steps(0.25, h50=0.9)},
    'outcome="failed"': {"service=shop": steps(0.0, h12=0.002)},
    "shop_jobs_total": {"service=shop": steps(0.01, h70=0.0, h71=0.0)},
    "shop_requests_total": {"service=shop": lambda time: 10.0 if time > END - 7 * DAY else 8.0},
    "shop_backup_timestamp_seconds": {"service=shop": lambda time: float(time % DAY)},
    "shop_connections": {"service=shop": steps(0.41, h20=0.68)},
    "shop_database_size_bytes": {"service=shop": lambda time: 300e9 + (time - END) / DAY * 2e9},
    "shop_users": {"service=shop": steps(120, h40=310)},
}
"""A week with one bad hour, one slow hour, a pause of the jobs, and a database that grows by 2 GB a day."""
