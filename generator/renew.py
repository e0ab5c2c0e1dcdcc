"""Bringing `build/` up to date by the shortest way: keep what is the same, fill in what is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.alike import filled, shapes
from generator.kept import Ledger, inputs
from generator.render import parts
from generator.stamp import kept, record
from generator.write import write
from spec.load import texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from generator.write import Written
    from spec.load import Loaded


def renew(build: Path, loaded: Loaded, asked: Iterable[str]) -> Written:
    """Make `build/` hold what `render.render` would give, and leave a stamp. Raises WriteError."""
    stack, said = loaded.stack, texts(loaded.tree)
    made_from = inputs(stack, said)
    ledger = Ledger(str(build), kept(build, made_from))
    written = write(build, ledger.through(filled(parts(stack), shapes(stack, said))))
    record(build, asked, loaded.sources, lambda: ledger.made(made_from))
    return written
