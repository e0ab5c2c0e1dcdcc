"""Bringing `build/` up to date by the shortest way: keep what is the same, fill in what is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.alike import filled, shapes
from generator.dashboard_files import told_apart
from generator.kept import Ledger, made_from
from generator.render import parts
from generator.stamp import kept, record
from generator.write import write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from generator.write import Written
    from spec.load import Loaded


def renew(build: Path, loaded: Loaded, asked: Iterable[str]) -> Written:
    """Make `build/` hold what `render.render` would give, and leave a stamp.

    Raises WriteError; or NotAlikeError when there are copies, and their files cannot be filled in.
    """
    titles = told_apart(loaded.afar)
    source = made_from(loaded, titles, {service.name: service.position for service in loaded.afar.services})
    ledger = Ledger(str(build), kept(build, {name: of_it.inputs for name, of_it in source.items()}))
    written = write(build, ledger.through(filled(parts(loaded.stack, loaded.afar), shapes(loaded))))
    record(build, asked, loaded.sources, titles, lambda: ledger.made(source))
    return written
