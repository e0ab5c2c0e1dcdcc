"""Reading a live target, twice where that is needed to tell how often something happens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adopt import fetch
from adopt.families import UnreadableError, read
from adopt.metrics import STARTED
from compose.fault import Trouble

if TYPE_CHECKING:
    from adopt.families import Family

AGAIN_SECONDS = 5.0
"""How long to wait for a second reading of a target that does not tell how old it is."""


class Reading(NamedTuple):
    """The families of a target, when they were read, and an earlier reading where there was need for one."""

    families: tuple[Family, ...]
    at: float
    before: tuple[float, tuple[Family, ...]] | None


def reading(url: str, token: str = "", *, rates: bool = True) -> Reading:
    """What a target exposes. Raises Trouble when it cannot be read. With `rates` it is read twice if need be."""
    families, at = _once(url, token)
    if not rates or any(family.name == STARTED for family in families):
        return Reading(families, at, None)
    time.sleep(AGAIN_SECONDS)
    return Reading(*_once(url, token), (at, families))


def _once(url: str, token: str) -> tuple[tuple[Family, ...], float]:
    page = fetch.page(url, token)
    try:
        families = read(page)
    except UnreadableError as error:
        raise Trouble(f"{url}: {error}", "is that its page of metrics, such as http://host:port/metrics?") from error
    if not families:
        raise Trouble(f"{url} exposes no metrics", "is that its page of metrics, such as http://host:port/metrics?")
    return families, time.time()


def token_in(file: str | None) -> str:
    """The bearer token in a file, or nothing when there is no file. Raises Trouble."""
    if not file:
        return ""
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from error
