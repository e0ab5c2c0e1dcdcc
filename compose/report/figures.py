"""Numbers as people read them: with units, and no more digits than tell something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from compose.report.period import DAY, HOUR
from dashboards.pace import PACES, READABLE
from rules.proof.humane import humanize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOTHING = "no data"
_SIZES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_LONG = (("d", DAY), ("h", HOUR), ("m", 60), ("s", 1))
SMALL = 10_000
"""Numbers up to here are written out."""
MANY = 10
"""From here on, how many times as much says more than percent."""


def figure(value: float | None, unit: str = "") -> str:
    """A value in its unit, or that there is none."""
    if value is None:
        return NOTHING
    return _UNITS.get(unit, plain)(value)


def number(value: float | None) -> str:
    """How many: 1,234, or 25.3M."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if abs(value) < SMALL else _short(value)


def _short(value: float) -> str:
    return humanize(float(f"{value:.3g}"))


def plain(value: float) -> str:
    """A number without a unit, to three digits."""
    return _short(value) if abs(value) >= SMALL else _digits(value)


def _digits(value: float) -> str:
    """Three digits, and all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def share(value: float) -> str:
    """0.0012 as 0.12%; what is nearly all keeps the digits that tell how nearly."""
    percent = value * 100
    if 99 < percent < 100:
        return f"{min(percent, 99.999):.3f}".rstrip("0").rstrip(".") + "%"
    return f"{_digits(percent)}%"


def seconds(value: float) -> str:
    """250ms, 1.25s, 3m 20s, 2d 4h."""
    size = abs(value)
    if size < 1:
        return "0s" if size == 0 else f"{_digits(value * 1000)}ms"
    if size < 60:
        return f"{value:.3g}s"
    sign, rest = ("-" if value < 0 else ""), round(size)
    parts: list[str] = []
    for unit, length in _LONG:
        count, rest = divmod(rest, length)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return sign + " ".join(part for part in parts[:2] if part)


def bytes_(value: float) -> str:
    """212 GB, in powers of ten as the spec writes sizes."""
    for unit, size in _SIZES:
        if abs(value) >= size:
            return f"{_digits(value / size)} {unit}"
    return f"{value:.0f} B"


def rate(value: float) -> str:
    """Events by the second, or by the minute, hour or day where there are few."""
    if value == 0:
        return "0/s"
    for length, unit in PACES:
        if value * length >= READABLE:
            return f"{plain(value * length)}{unit}"
    return f"{plain(value * PACES[-1][0])}{PACES[-1][1]}"


def change(now: float | None, before: float | None) -> str:
    """How much more or less than before, in percent of it."""
    if now is None or before is None:
        return "-"
    if before == 0:
        return "as before" if now == 0 else "was none"
    ratio = now / before
    if ratio >= MANY:
        return f"{ratio:,.0f} times"
    percent = round((ratio - 1) * 100)
    return f"{percent:+}%" if percent else "±0%"


def when(moment: float | None) -> str:
    """A moment in UTC, to the minute."""
    return "-" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%a %d %b %H:%M}"


def stamp(moment: float) -> str:
    """The same with its year."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"


_UNITS: Mapping[str, Callable[[float], str]] = {
    "seconds": seconds,
    "timestamp": stamp,
    "bytes": bytes_,
    "ratio": share,
    "percent": lambda value: share(value / 100),
    "per second": rate,
    "celsius": lambda value: f"{value:.3g}°C",
}
