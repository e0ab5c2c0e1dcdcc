"""Planned silences that are over: `up` lays them no more, and the spec need not keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from generator.validate.work import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

SILENCES = "silences/over"
KEPT = timedelta(days=7)
"""How long a silence that is over may stay in the spec without a word: nobody has to clean up on the day itself."""


def silences(work: Work) -> Iterator[Problem]:
    """A warning for each silence that ended more than a week ago."""
    given = work.stack.spec.notification.silences
    if not given:
        raise Skip("notification.silences plans none")
    for index, silence in enumerate(given):
        if silence.end + KEPT < datetime.now(UTC):
            at = ("notification", "silences", index, "ends")
            message = f"the silence {silence.name!r} is long over: it ended at {silence.ends}"
            yield work.problem(at, message, "remove it, or plan it anew", id=SILENCES, level="warning")
