"""Replacing one value in a file of the spec, and nothing around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from adopt.text import flow

if TYPE_CHECKING:
    from spec.problem import Mark


def replaced(text: str, mark: Mark, value: str) -> str:
    """The text with the scalar that stands at this place saying `value`. Raises LookupError when none stands there."""
    at = (mark.line - 1, mark.column - 1)
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent) and start and end and (start.line, start.column) == at:
            return text[: start.index] + _written(value, event) + text[end.index :]
    raise LookupError(f"no value stands at {mark}")


def _written(value: str, old: yaml.ScalarEvent) -> str:
    """Bare where the old value was bare and the new one can be; a number stays a number."""
    bare = old.style is None and value.replace(".", "", 1).rstrip("%msdhBKMGi/").lstrip("-").isdigit()
    return value if bare else flow(value)
