"""The place of an alert's threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.stack import BoundAlert

if TYPE_CHECKING:
    from generator.promql.uses import Use
    from spec.stack import SpecPath


def threshold(use: Use) -> SpecPath:
    """Where the spec says above or below, for the rule of an alert; () for anything else."""
    source = getattr(use.rule, "source", None)
    if not isinstance(source, BoundAlert):
        return ()
    key = "above" if source.alert.above is not None else "below" if source.alert.below is not None else ""
    return (*source.origin, key) if key else ()
