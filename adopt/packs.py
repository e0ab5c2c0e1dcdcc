"""Recognising a public exporter by its page, so that the pack that knows it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec import packs

if TYPE_CHECKING:
    from collections.abc import Collection

ENOUGH = 0.6
"""The part of a pack's metrics that must be on a page. Packs name metrics that not every host has, such as swap."""


def recognise(names: Collection[str]) -> str:
    """The pack whose metrics a page has, or nothing; of several the one that is there the most."""
    shares = {pack: _share(pack, names) for pack in packs.names()}
    best = max(shares, key=lambda pack: shares[pack], default="")
    return best if best and shares[best] >= ENOUGH else ""


def _share(pack: str, names: Collection[str]) -> float:
    wanted = packs.read(pack).metrics
    return sum(name in names for name in wanted) / len(wanted) if wanted else 0.0
