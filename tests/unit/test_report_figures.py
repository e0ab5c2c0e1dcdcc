"""Numbers as a report writes them."""

from __future__ import annotations

import pytest

from compose.report.figures import change, figure, number


@pytest.mark.parametrize(("value", "unit", "text"), [
    (None, "seconds", "no data"),
    (0, "", "0"), (0.123456, "", "0.123"), (99.94, "", "99.9"), (1234.5, "", "1,234"), (25_300_000, "", "25.3M"),
    (0, "seconds", "0s"), (0.25, "seconds", "250ms"), (0.9999, "seconds", "1,000ms"), (1.25, "seconds", "1.25s"), (59.96, "seconds", "60s"),
    (200, "seconds", "3m 20s"), (3600, "seconds", "1h"), (187_200, "seconds", "2d 4h"), (86_460, "seconds", "1d"),
    (-90, "seconds", "-1m 30s"),
    (0, "bytes", "0 B"), (999, "bytes", "999 B"), (1500, "bytes", "1.5 kB"), (999_999, "bytes", "1,000 kB"),
    (5e15, "bytes", "5,000 TB"), (300e9, "bytes", "300 GB"), (-2e9, "bytes", "-2 GB"),
    (0, "ratio", "0%"), (0.0012, "ratio", "0.12%"), (0.5, "ratio", "50%"), (0.99985, "ratio", "99.985%"),
    (0.9999999, "ratio", "99.999%"), (1, "ratio", "100%"), (-1.77, "ratio", "-177%"), (9.999, "ratio", "1,000%"), (25, "ratio", "2,500%"),
    (12, "percent", "12%"),
    (0, "per second", "0/s"), (10, "per second", "10/s"), (0.5, "per second", "0.5/s"), (0.1, "per second", "6/min"),
    (1e-7, "per second", "0.00864/d"),
    (20, "celsius", "20°C"),
    (1_767_225_600, "timestamp", "2026-01-01 00:00"),
])  # fmt: skip
def test_figures(value: float | None, unit: str, text: str) -> None:
    assert figure(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "no data"), (0, "0"), (1234, "1,234"), (9999, "9,999"), (25_345_000, "25.3M")]
)
def test_how_many(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("now", "before", "text"), [
    (None, 1, "-"), (1, None, "-"), (0, 0, "as before"), (1, 0, "was none"), (5, 5, "±0%"), (1.25, 1, "+25%"),
    (0.5, 1, "-50%"), (0, 1, "-100%"), (30, 2, "15 times"),
])  # fmt: skip
def test_changes(now: float | None, before: float | None, text: str) -> None:
    assert change(now, before) == text
