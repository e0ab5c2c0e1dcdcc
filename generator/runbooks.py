"""Runbook pages, one for each alert: what it means, when it fires, where to look, what to do first, whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact
from rules.groups import all_alerts
from rules.log_alerts import log_alerting
from rules.runbook import page

if TYPE_CHECKING:
    from spec.stack import Stack

FOLDER = "runbooks"


def render(stack: Stack) -> tuple[Artefact, ...]:
    """A Markdown page for each alert."""
    logged = (rule for service in stack.services for rule in log_alerting(stack, service))
    return tuple(
        Artefact(f"{FOLDER}/{rule.service}/{rule.alert}.md", page(stack, rule).encode())
        for rule in (*all_alerts(stack), *logged)
    )
