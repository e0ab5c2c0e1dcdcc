"""Damages that change nothing, each with the reason: no test could notice them, so none is asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.mutation.operators import Damage
    from rules.proof.case import Proof
    from rules.rule import Alerting, Recording


def why_equivalent(proof: Proof, rule: Recording | Alerting, damage: Damage) -> str:
    """Why the damage cannot be seen, or an empty text when it can."""
    return ""
