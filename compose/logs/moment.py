"""Moments as people write them: `24h` (ago), `2026-01-31`, `2026-01-31T18:00`; without a zone they are UTC."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from compose.logs.entry import NANOSECONDS
from spec.scalars import Duration

_FRACTION = re.compile(r"([.,]\d{6})\d+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str, now: int) -> int:
    """Nanoseconds since the epoch. Raises ValueError, saying how to write it."""
    with suppress(ValueError):
        return now - Duration.parse(text).ms * 1_000_000
    try:
        when = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        raise ValueError(
            f"not a moment: {text!r}; write how long ago (30m, 24h, 7d), or a date and perhaps a time "
            "(2026-01-31, 2026-01-31T18:00)"
        ) from None
    since = (when if when.tzinfo else when.replace(tzinfo=UTC)) - EPOCH
    return (since.days * 86_400 + since.seconds) * NANOSECONDS + since.microseconds * 1000


def stamp(nanoseconds: int) -> str:
    """In UTC, to the millisecond, or as exact as it is where that is not enough."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    digits = f"{rest:09}"
    shown = digits[:3] if digits.endswith("000000") else digits
    return f"{_second(seconds)}.{shown}Z"


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    """Lines come in order, so the same second is asked for again and again."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
