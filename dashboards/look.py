"""How things look: colours everyone can tell apart, units, sizes. The same on every dashboard.

The colours are the ones of Okabe and Ito, *Color Universal Design* (2008), which stay distinct for the common
colour-vision deficiencies. Their yellow is left out: on Grafana's light theme it has a contrast of 1.3:1 against the
page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
VERMILION = "#D55E00"
GREY = "#999999"

PALETTE = (SKY, ORANGE, GREEN, PURPLE, BLUE, VERMILION, GREY)
"""Colours of series, in the order in which they are given out."""

OK = GREEN
NEUTRAL = GREY
OBJECTIVE = "objective"
"""The severity of a line that is a promise, such as an SLO's target, and not an alert."""

SEVERITY_COLOURS = dict(zip(SEVERITIES, (VERMILION, ORANGE, PURPLE, SKY), strict=True)) | {OBJECTIVE: BLUE}

HEATMAP_SCHEME = "Viridis"
"""Even in lightness, so that it reads without colour too."""

UNITS = {
    "": "short",
    "count": "short",
    "none": "none",
    "ratio": "percentunit",
    "percent": "percent",
    "seconds": "s",
    "milliseconds": "ms",
    "duration": "dtdurations",
    "days": "d",
    "bytes": "bytes",
    "bytes/s": "binBps",
    "bits/s": "bps",
    "requests/s": "reqps",
    "operations/s": "ops",
    "1/s": "cps",
    "celsius": "celsius",
    "hertz": "hertz",
    "watts": "watt",
    "volts": "volt",
    "timestamp": "dateTimeAsIso",
    "age": "dateTimeFromNow",
    "text": "string",
}
"""Units of the metric contract → Grafana's unit ids. `timestamp` and `age` take milliseconds since 1970, as Grafana
does."""

FILLED = {ORANGE: "#B87A00", PURPLE: "#A8568A", SKY: "#2878AE"}
"""The darker colours of whole figures: the text on them is white, and Grafana's light theme makes the colour lighter by
up to 15 %."""

POINTS = 720
"""Points of a course: two minutes apart in a day. By its width a small panel would ask for one every ten minutes, and
have none in the first ten minutes of a new stack."""

SMALL_SHARE = 0.001
"""Where the axis of shares that are all 0 ends, instead of at 10,000 %."""

SIZES = {
    "stat": (4, 4),
    "gauge": (4, 4),
    "timeseries": (12, 8),
    "bargauge": (8, 8),
    "table": (24, 8),
    "logs": (24, 10),
    "heatmap": (12, 8),
    "state-timeline": (24, 8),
    "text": (24, 3),
}
"""Width and height of each kind in grid units, readable on a page 1280 pixels wide (a column is 50 pixels there, a
row 38)."""


def grafana_unit(unit: str) -> str:
    """Grafana's id for a unit of the contract; a unit that Grafana does not know is written behind the value."""
    return UNITS.get(unit) or f"suffix: {unit}"


def series_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each of these series, the same for the same names everywhere; after the last colour the first
    comes again."""
    return {name: PALETTE[position % len(PALETTE)] for position, name in enumerate(names)}
