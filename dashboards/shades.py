"""Colours of series by the values of a label: what is good is green and what is bad is red on every dashboard."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from dashboards import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_GOOD = ("2xx", "200", "completed", "succeeded", "success", "ok", "settled", "hit", "available", "passed", "accepted")
_POOR = ("4xx", "cancelled", "canceled", "rejected", "expired", "WARNING", "partial")
_BAD = ("5xx", "500", "failed", "failure", "error", "miss", "ERROR", "denied", "FATAL", "rolled_back")
_KNOWN = {
    **dict.fromkeys(_GOOD, look.OK),
    **dict.fromkeys(_POOR, look.ORANGE),
    **dict.fromkeys(_BAD, look.VERMILION),
    **look.SEVERITY_COLOURS,
    **{severity.upper(): colour for severity, colour in look.SEVERITY_COLOURS.items()},
}
NAMED = 7
"""More series than the palette has colours get Grafana's own palette, which has more."""


def shades(values: Iterable[str]) -> Mapping[str, str]:
    """A colour for each of these values of a label; none when there are more of them than colours."""
    names = tuple(values)
    if len(names) > NAMED:
        return {}
    taken = {_KNOWN[name] for name in names if name in _KNOWN}
    free = cycle([colour for colour in look.PALETTE if colour not in taken] or look.PALETTE)
    return {name: _KNOWN.get(name) or next(free) for name in names}
