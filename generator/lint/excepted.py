"""Exceptions of a service from the checks of coverage: stated in the spec, with a reason and an end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Watched

NEEDED: dict[str, Callable[[Watched], bool]] = {
    "coverage/probe": lambda service: all(probe.kind == "closed" for probe in service.spec.probes),
    "coverage/golden": lambda service: len(service.spec.golden) < 4,
    "coverage/objective": lambda service: not service.objectives,
    "coverage/runbook": lambda service: any(
        not alert.runbook and not (alert.meaning and alert.steps) for alert in service.spec.alerts
    ),
    "coverage/dependency": lambda service: bool(service.spec.dependencies),
}
"""The checks that an exception can be made of, and whether a service still needs it."""
CHECKS = tuple(NEEDED)


def needed(service: Watched, check: str) -> bool:
    """Whether the service does not have what the check asks for."""
    return NEEDED[check](service)


def excepted(service: Watched, check: str) -> bool:
    """Whether the service states an exception that has not ended."""
    today = date.today().isoformat()
    return any(one.check == check and one.until >= today for one in service.spec.exceptions)


def lacking(work: Work, service: Watched, check: str, message: str, hint: str) -> Iterator[Problem]:
    """A problem at the service, unless it states an exception."""
    if not excepted(service, check):
        yield work.problem((*service.origin, "service"), message, hint, id=check)
