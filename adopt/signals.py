"""The golden signals of a service, recognised by what its metrics are called: traffic, errors, latency, saturation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adopt.metrics import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adopt.metrics import Data

CODE_LABELS = (
    "code",
    "status",
    "status_code",
    "http_status",
    "http_status_code",
    "http_response_status_code",
    "statuscode",
)
"""Labels that hold the status of an answer, the usual ones first."""
RUNTIME = ("go_", "process_", "python_", "promhttp_", "jvm_", "nodejs_", "dotnet_", "ruby_")
"""Beginnings of what client libraries measure of the program itself."""


@dataclass(frozen=True)
class Signal:
    """An indicator: what it is called, what it measures as the spec says it, and which golden signal it shows.

    `decide` is the question that a human should answer, empty where the naming leaves none.
    """

    name: str
    golden: str
    indicator: Mapping[str, Any]
    decide: str = ""


def signals(metrics: Mapping[str, Data]) -> tuple[Signal, ...]:
    """The indicators that the metrics suggest, one for each golden signal they can show."""
    return tuple(
        found for found in (_traffic(metrics), _errors(metrics), _latency(metrics), _saturation(metrics)) if found
    )


def with_server_errors(metrics: Mapping[str, Data]) -> dict[str, Data]:
    """The same metrics, in which answers with status 500 are possible, and rare on an ordinary day.

    A healthy target may not have shown one yet; and what failed while a target started, or since it broke, is no
    measure of an ordinary day.
    """
    name, label = _counted(metrics)
    if not name:
        return dict(metrics)
    values = metrics[name]["labels"][label]
    ending = "xx" if any(value.endswith("xx") for value in values) else "00"
    failing = [value for value in values if _fails(value)] or [f"5{ending}"]
    sound = [value for value in values if not _fails(value)] or [f"2{ending}"]
    seen = metrics[name].get("shares", {}).get(label, {})
    weights = {value: seen.get(value, 0) for value in sound}
    total = sum(weights.values())
    shares = whole([(value, weight / total if total else 1 / len(sound)) for value, weight in weights.items()])
    labels = {**metrics[name]["labels"], label: list(dict.fromkeys((*values, *sound, *failing)))}
    of_label = {label: shares | dict.fromkeys(failing, 0)}
    return {**metrics, name: {**metrics[name], "labels": labels, "shares": metrics[name].get("shares", {}) | of_label}}


def failed(metrics: Mapping[str, Data]) -> float:
    """The share of requests that failed so far, where a counter tells."""
    name, label = _counted(metrics)
    if not name or not metrics[name].get("typical", {}).get("rate") or metrics[name]["type"] != "counter":
        return 0.0
    values: list[str] = metrics[name]["labels"][label]
    shares: dict[str, float] = metrics[name].get("shares", {}).get(label) or dict.fromkeys(values, 1 / len(values))
    return sum(share for value, share in shares.items() if _fails(value))


def _counted(metrics: Mapping[str, Data]) -> tuple[str, str]:
    """The metric that counts requests by status, and the label with the status; empty where there is none."""
    counted, label = _requests(metrics) or ("", "")
    return (counted if counted in metrics else counted.removesuffix("_count")), label


def _fails(value: str) -> bool:
    return len(value) == 3 and value.startswith("5")


def _requests(metrics: Mapping[str, Data]) -> tuple[str, str] | None:
    """The series that count requests by status, and the label with the status."""
    for name, metric in _likely(metrics, "request"):
        label = next((label for label in CODE_LABELS if label in metric.get("labels", {})), "")
        if label and metric["type"] in ("counter", "histogram"):
            return (name if metric["type"] == "counter" else f"{name}_count"), label
    return None


def _likely(metrics: Mapping[str, Data], word: str) -> Iterator[tuple[str, Data]]:
    """Metrics of the service itself with a word in their name: counters first, then the shortest name."""
    own = [(name, metric) for name, metric in metrics.items() if word in name and not name.startswith(RUNTIME)]
    yield from sorted(own, key=lambda pair: (pair[1]["type"] != "counter", len(pair[0])))


def _traffic(metrics: Mapping[str, Data]) -> Signal | None:
    counted = _requests(metrics)
    if counted:
        return Signal("traffic", "traffic", {"rate": counted[0], "title": "Requests"})
    for name, metric in _likely(metrics, "request"):
        if metric["type"] in ("counter", "histogram"):
            series = name if metric["type"] == "counter" else f"{name}_count"
            return Signal("traffic", "traffic", {"rate": series, "title": "Requests"})
    own = [(name, metric) for name, metric in metrics.items() if not name.startswith(RUNTIME)]
    counters = [
        (metric["typical"]["rate"], name) for name, metric in own if metric["type"] == "counter" and "typical" in metric
    ]
    if not counters:
        return None
    busiest = max(counters)[1]
    title = _title(busiest)
    return Signal(
        "traffic", "traffic", {"rate": busiest, "title": title}, "is this what the service's work is counted by?"
    )


def _errors(metrics: Mapping[str, Data]) -> Signal | None:
    counted = _requests(metrics)
    if counted:
        series, label = counted
        metric = metrics.get(series) or metrics[series.removesuffix("_count")]
        failing = "5xx" if "5xx" in metric["labels"][label] else "5.."
        operator = "=" if failing == "5xx" else "=~"
        of = f'{series}{{{label}{operator}"{failing}"}}'
        return Signal("errors", "errors", {"ratio": {"of": of, "to": series}, "traffic": "6/m", "title": "Errors"})
    for word in ("errors_total", "failures_total", "failed_total"):
        for name, metric in _likely(metrics, word):
            if metric["type"] == "counter":
                return Signal(
                    "errors", "errors", {"rate": name, "title": _title(name)}, "are these the errors users notice?"
                )
    return None


def _latency(metrics: Mapping[str, Data]) -> Signal | None:
    for word in ("request_duration", "request", "duration", "latency"):
        for name, metric in _likely(metrics, word):
            if metric["type"] == "histogram" and metric.get("unit") == "seconds":
                quantile = {"of": name, "q": 0.95}
                title = "Response time (p95)" if "request" in name else f"{_title(name)} (p95)"
                return Signal("latency", "latency", {"quantile": quantile, "title": title})
    return None


def _saturation(metrics: Mapping[str, Data]) -> Signal | None:
    if {"process_open_fds", "process_max_fds"} <= metrics.keys():
        share = {"of": "process_open_fds", "to": "process_max_fds"}
        return Signal("file-descriptors", "saturation", {"ratio": share, "title": "File descriptors in use"})
    if "process_resident_memory_bytes" in metrics:
        return Signal("memory", "saturation", {"value": "process_resident_memory_bytes", "title": "Memory in use"})
    return None


def _title(name: str) -> str:
    """`shop_mail_errors_total` as `Shop mail errors`."""
    words = name.removesuffix("_total").removesuffix("_seconds").replace("_", " ").replace(":", " ").strip()
    return words[:1].upper() + words[1:]
