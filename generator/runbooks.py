"""Runbook pages, one for each alert: what it means, when it fires, where to look, what to do first, whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact
from rules.runbook import pages

if TYPE_CHECKING:
    from spec.stack import Stack

FOLDER = "runbooks"


def render(stack: Stack) -> tuple[Artefact, ...]:
    """A Markdown page for each alert."""
    return tuple(
        Artefact(f"{FOLDER}/{service}/{alert}.md", page.encode()) for (service, alert), page in pages(stack).items()
    )
