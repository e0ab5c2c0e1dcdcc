"""A summary of logs, for people and for programs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from compose.columns import columns
from compose.logs.moment import stamp
from compose.logs.stats import QUANTILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.logs.entry import Span
    from compose.logs.stats import Count, Durations, Summary

_UNITS = (("_ms", "ms"), ("_seconds", "s"), ("_s", "s"), ("_us", "µs"), ("_ns", "ns"))
SHOWN = 10
"""Patterns in a summary for people; JSON has more."""
_NAMES = tuple(f"p{quantile * 100:g}" for quantile in QUANTILES)


def text(summary: Summary, span: Span, field: str | None, shown: int = SHOWN) -> Iterator[str]:
    """Line by line."""
    yield f"{stamp(span.start)} to {stamp(span.end)}, compared with the day before"
    yield ""
    yield from columns([("SERVICE", "LEVEL", "CATEGORY", "LINES", "BEFORE"), *(_count(one) for one in summary.counts)])
    yield "" if summary.counts else "no lines"
    if summary.durations:
        unit = next((unit for end, unit in _UNITS if (field or "").endswith(end)), "")
        yield f"durations ({field}{f', in {unit}' if unit else ''})"
        heads = ("SERVICE", "CATEGORY", "COUNT", "MIN", "AVERAGE", "MAX", *(name.upper() for name in _NAMES))
        yield from columns([heads, *(_durations(one) for one in summary.durations)])
        yield ""
    yield from _patterns(summary, shown)


def _patterns(summary: Summary, shown: int) -> Iterator[str]:
    new = [row for row in summary.patterns if row.new]
    more = "" if summary.read_all else ", the newest of many more"
    yield f"errors: {summary.errors} lines{more}, {len(summary.patterns)} patterns, {len(new)} of them new"
    rows = [("new" if row.new else "", str(row.count), str(row.before), row.pattern) for row in summary.patterns]
    if rows:
        yield from columns([("", "LINES", "BEFORE", "PATTERN"), *rows[:shown]])
    late = [row for row in summary.patterns[shown:] if row.new][:shown]
    if late:
        yield "new besides"
        yield from columns([("LINES", "PATTERN"), *((str(row.count), row.pattern) for row in late)])
    for count in summary.gone:
        kind = " ".join(filter(None, (count.service, count.level, count.category)))
        yield f"silent now: {kind} ({count.before} lines the day before)"


def as_json(summary: Summary, span: Span) -> str:
    """Everything; what is no number (no value at all) is null."""
    durations = [
        {**_numbers(asdict(one)), **dict(zip(_NAMES, map(_number, one.percentiles), strict=True))}
        for one in summary.durations
    ]
    return json.dumps({
        "from": stamp(span.start), "to": stamp(span.end), "counts": [asdict(one) for one in summary.counts],
        "durations": durations, "errors": summary.errors, "all_errors_read": summary.read_all,
        "patterns": [{**asdict(row), "new": row.new} for row in summary.patterns],
    }, indent=2, ensure_ascii=False)  # fmt: skip


def _numbers(fields: dict[str, object]) -> dict[str, object]:
    return {name: _number(value) for name, value in fields.items() if name != "percentiles"}


def _number(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _count(one: Count) -> tuple[str, ...]:
    return one.service, one.level or "-", one.category or "-", str(one.lines), str(one.before)


def _durations(one: Durations) -> tuple[str, ...]:
    figures = (one.minimum, one.average, one.maximum, *one.percentiles)
    return one.service, one.category or "-", str(one.count), *(f"{figure:.4g}" for figure in figures)
