"""What Prometheus makes of an annotation: labels and the value put in, the value written for people.

Source: template/template.go of Prometheus (humanize, humanize1024, humanizeDuration, humanizePercentage) and fmt of Go.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_TEXT = re.compile(r'"([^"\\]*)"')
_LABEL = re.compile(r"\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)")
_PIPED = re.compile(r"\$value\s*\|\s*(\w+)")
_PRINTF = re.compile(r'printf\s+"%\.(\d+)([fg])"\s+\$value')
_LARGE = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_BINARY = ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class UnknownTemplate(ValueError):
    """An action that is not known here, so that the text it gives cannot be foretold."""


def render(template: str, value: float, labels: Mapping[str, str]) -> str:
    """The text of an annotation for an alert with this value and these labels of its expression; a label that is not
    there is empty. Raises UnknownTemplate."""
    return _ACTION.sub(lambda action: _acted(action[1], value, labels), template)


def certain(template: str, value: float) -> bool:
    """Whether the text stays the same when the value is off by a billionth: floating point must not decide a test."""
    texts = {render(template, value * (1 + off), {}) for off in (-1e-9, 0.0, 1e-9)}
    return len(texts) == 1


def _acted(action: str, value: float, labels: Mapping[str, str]) -> str:
    text = _TEXT.fullmatch(action)
    if text:
        return text[1]
    label = _LABEL.fullmatch(action)
    if label:
        return labels.get(label[1], "")
    piped = _PIPED.fullmatch(action)
    if piped and piped[1] in _FUNCTIONS:
        return _FUNCTIONS[piped[1]](value)
    printf = _PRINTF.fullmatch(action)
    if printf:
        return f"{value:.{printf[1]}{printf[2]}}"
    raise UnknownTemplate(
        f"the text of {{{{ {action} }}}} cannot be foretold; use $labels.NAME or $value with a humanize function"
    )


def _general(value: float) -> str:
    if not isfinite(value):
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    return f"{value:.4g}"


def humanize(value: float) -> str:
    """12345 as `12.35k`, 0.0012 as `1.2m`."""
    if value == 0 or not isfinite(value):
        return _general(value)
    prefix = ""
    if abs(value) >= 1:
        for name in _LARGE:
            if abs(value) < 1000:
                break
            prefix, value = name, value / 1000
        return f"{value:.4g}{prefix}"
    return _tiny(value)


def _tiny(value: float) -> str:
    prefix = ""
    for name in _SMALL:
        if abs(value) >= 1:
            break
        prefix, value = name, value * 1000
    return f"{value:.4g}{prefix}"


def humanize1024(value: float) -> str:
    """2048 as `2ki`."""
    if abs(value) <= 1 or not isfinite(value):
        return _general(value)
    prefix = ""
    for name in _BINARY:
        if abs(value) < 1024:
            break
        prefix, value = name, value / 1024
    return f"{value:.4g}{prefix}"


def humanize_duration(value: float) -> str:
    """Seconds: 93784 as `1d 2h 3m 4s`, 0.25 as `250ms`."""
    if value == 0 or not isfinite(value):
        return f"{_general(value)}{'s' if value == 0 else ''}"
    if abs(value) < 1:
        return f"{_tiny(value)}s"
    sign, value = ("-" if value < 0 else ""), abs(value)
    whole = int(value)
    days, hours, minutes, left = whole // _DAY, whole // _HOUR % 24, whole // _MINUTE % 60, whole % _MINUTE
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {left}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {left}s"
    return f"{sign}{minutes}m {left}s" if minutes else f"{sign}{value:.4g}s"


def humanize_percentage(value: float) -> str:
    """0.1234 as `12.34%`."""
    return f"{_general(value * 100)}%"


_FUNCTIONS: dict[str, Callable[[float], str]] = {
    "humanize": humanize,
    "humanize1024": humanize1024,
    "humanizeDuration": humanize_duration,
    "humanizePercentage": humanize_percentage,
}
