"""Names that break the conventions and cannot be mended here: the program is somebody else's. The contract says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.contract import name_and_type, name_and_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adopt.metrics import Data

REASON = "its makers call it so"


def excuses(metrics: Mapping[str, Data]) -> dict[str, str]:
    """The comment that excuses each metric whose name a check would complain of."""
    found = {}
    for name, metric in metrics.items():
        if name_and_type.fault(name, metric["type"]):
            found[name] = f"# specola: allow {name_and_type.ID}: {REASON}"
        elif name_and_unit.odd(name):
            found[name] = f"# specola: allow {name_and_unit.ID}: {REASON}"
    return found
