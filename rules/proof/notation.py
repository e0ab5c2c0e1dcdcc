"""Cases in promtool's words: the notation of series, queries on the alert's state, and the file of a test."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rules.proof.case import STALE, Is, Shows, Silent, Tells
from spec.expr import number
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rules.proof.case import Case, Check, Point, Series


def test_file(alert: str, cases: Sequence[Case]) -> dict[str, Any]:
    """The file of promtool that runs cases of one step."""
    if not cases:
        raise ValueError(f"{alert}: a file without tests would always pass")
    return _file(cases[0].step, [_test(case, case.series, [(alert, case)]) for case in cases])


def shared_test_file(case: Case, alerts: Sequence[tuple[str, Case]]) -> dict[str, Any]:
    """One test of several alerts on the series of one case, each with checks, and perhaps series, of its own."""
    series = (*case.series, *(one for _, own in alerts for one in own.series))
    return _file(case.step, [_test(case, series, alerts)])


def _file(step: Duration, tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rule_files": [], "evaluation_interval": str(step), "tests": tests}


def _test(case: Case, series: Sequence[Series], alerts: Sequence[tuple[str, Case]]) -> dict[str, Any]:
    checks = [(alert, check) for alert, own in alerts for check in own.checks]
    if not all(own.checks for _, own in alerts):
        raise ValueError(f"{case.name}: a test without checks would always pass")
    return {
        "interval": str(case.every or case.step),
        "input_series": [_series(one) for one in series],
        "promql_expr_test": [_asked(name, case.step, check) for name, check in checks if not isinstance(check, Tells)],
        "alert_rule_test": [_told(alert, case.step, check) for alert, check in checks if isinstance(check, Tells)],
    }


def points(values: Sequence[Point]) -> str:
    """`0 60 120 _ _ stale` as `0+60x2 _x2 stale`. A line is folded only where adding gives the very same numbers."""
    return " ".join(_folded(values))


def selector(metric: str, labels: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """`metric{a="b"}` with every value quoted."""
    pairs = dict(labels).items()
    return f"{metric}{{{','.join(f'{name}={_quoted(value)}' for name, value in pairs)}}}"


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _folded(values: Sequence[Point]) -> Iterator[str]:
    for kind, run in groupby(
        values, key=lambda value: "_" if value is None else "stale" if value is STALE else "number"
    ):
        part = list(run)
        if kind == "_":
            yield f"_x{len(part)}"
        elif kind == "stale":
            yield from ["stale"] * len(part)
        else:
            yield from _lines([value for value in part if isinstance(value, int | float)])


def _lines(values: Sequence[float]) -> Iterator[str]:
    start = 0
    while start < len(values):
        end = _line_end(values, start)
        count = end - start - 1
        if count == 0:
            yield f"{values[start]!r}"
        else:
            slope = values[start + 1] - values[start]
            grows = f"{'+' if slope > 0 else '-'}{abs(slope)!r}" if slope else ""
            yield f"{values[start]!r}{grows}x{count}"
        start = end


def _line_end(values: Sequence[float], start: int) -> int:
    """Where the line that starts here ends; two points alone are no line unless they are equal."""
    if start + 1 >= len(values):
        return start + 1
    slope, at, here = values[start + 1] - values[start], start + 1, values[start]
    while at < len(values) and here + slope == values[at]:
        here, at = values[at], at + 1
    return at if at - start > 2 or not slope else start + 1


def _series(series: Series) -> dict[str, str]:
    return {"series": selector(series.metric, series.labels), "values": _points(series.points)}


@lru_cache(maxsize=4096)
def _points(values: tuple[Point, ...]) -> str:
    """A case is written once for each company of mutants that meets it."""
    return points(values)


def _at(step: Duration, steps: int) -> str:
    return str(Duration(step.ms * steps))


def _asked(alert: str, step: Duration, check: Check) -> dict[str, Any]:
    match check:
        case Is(at, None):
            return {"expr": selector("ALERTS", {"alertname": alert}), "eval_time": _at(step, at), "exp_samples": []}
        case Is(at, state, labels):
            full = {"alertname": alert, "alertstate": str(state), **labels}
            sample = {"labels": selector("ALERTS", full), "value": 1}
            return {
                "expr": selector("ALERTS", {"alertname": alert}),
                "eval_time": _at(step, at),
                "exp_samples": [sample],
            }
        case Silent(start, end, calm):
            only = {} if calm else {"alertstate": "firing"}
            series = selector("ALERTS", {"alertname": alert, **only})
            span = _at(step, max(end - start, 1))
            return {"expr": f"count_over_time({series}[{span}])", "eval_time": _at(step, end), "exp_samples": []}
        case Shows(at, expr, None):
            return {"expr": expr, "eval_time": _at(step, at), "exp_samples": []}
        case Shows(at, expr, float(value), labels, within):
            near = f"abs({expr} - {number(value)}) <= bool {number(within)}"
            return {
                "expr": near,
                "eval_time": _at(step, at),
                "exp_samples": [{"labels": selector("", labels), "value": 1}],
            }
        case _:
            raise TypeError(f"not asked with PromQL: {check!r}")


def _told(alert: str, step: Duration, check: Tells) -> dict[str, Any]:
    expected = {"exp_labels": dict(check.labels), "exp_annotations": dict(check.annotations)}
    return {"eval_time": _at(step, check.at), "alertname": alert, "exp_alerts": [expected]}
