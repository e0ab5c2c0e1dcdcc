"""Service files as people would write them: YAML with one metric a line, and a mark where a human has to decide."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DECIDE = "# decide:"
"""Begins a comment that asks a human for a decision."""
WIDTH = 120
_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./%()-]+)*")
_NOT_TEXT = frozenset({"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"})


def flow(value: Any) -> str:
    """A value on one line. Text is quoted wherever YAML could take it for something else."""
    match value:
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case bool():
            return "true" if value else "false"
        case float():
            return number(value)
        case str():
            return value if _BARE.fullmatch(value) and value not in _NOT_TEXT else _quoted(value)
        case _:
            return str(value)


def number(value: float) -> str:
    """Without an exponent: 0.00025, 1500000."""
    if value == int(value):
        return str(int(value))
    return f"{value:.12f}".rstrip("0")


def _quoted(text: str) -> str:
    """In single quotes where that leaves the text as it is, else as JSON writes it, which YAML reads, too."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=not text.isprintable())


def metrics(contract: Mapping[str, Mapping[str, Any]], comments: Mapping[str, str], indent: int = 2) -> list[str]:
    """The lines below `metrics:`; a metric that does not fit a line has a line for each of its keys.

    A comment on a metric stands where the checks see it: at the line on which its value begins.
    """
    lines = []
    margin = " " * indent
    for name, metric in contract.items():
        comment = f"  {comments[name]}" if name in comments else ""
        whole = f"{margin}{name}: {flow(metric)}"
        if len(whole) <= WIDTH:
            lines.append(f"{whole}{comment}")
        else:
            first, *rest = (f"{margin}  {key}: {flow(value)}" for key, value in metric.items())
            lines += [f"{margin}{name}:", f"{first}{comment}", *rest]
    return lines
