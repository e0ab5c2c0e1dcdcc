"""Which services' own files can differ between two stacks: the others need not be made to be compared.

An edit of a service touches that service. An edit of the stack touches all of them, unless nothing that is made for a
single service reads what was edited: whom an alert is told to is all that it takes from the routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diff.edits import Edit, Path
    from diff.matched import Matched
    from spec.stack import Stack

READ: tuple[Path, ...] = (
    ("access", "root_url"), ("access", "tls"), ("components", "grafana", "enabled"), ("components", "grafana", "port"),
    ("components", "loki", "enabled"), ("components", "simulator", "listen"), ("defaults",), ("environment",),
    ("network",), ("pace",), ("simulation",),
)  # fmt: skip
"""What the dashboards, the rules and the simulator's contract of a service, and what is resolved for them, read of the
stack's own part; besides, its owner and the receivers of its alerts. A test looks over their shoulders."""


def touched(base: Stack, head: Stack, found: Iterable[Edit], alerts: Matched) -> frozenset[str]:
    """The names of the services whose dashboards, rules or contracts can differ; always that of the stack itself."""
    names = {OWN_SERVICE}
    names |= {one.alert.service for pair in alerts.both for one in pair if pair[0].receivers != pair[1].receivers}
    owners = set()
    for path in (edit.path for edit in found):
        if path[0] == "services":
            names.add(path[1])
        elif path[0] == "owners":
            owners.add(path[1])
        elif any(path[: len(read)] == read[: len(path)] for read in READ):
            return frozenset(service.name for stack in (base, head) for service in stack.services)
    names |= {service.name for stack in (base, head) for service in stack.services if service.spec.owner in owners}
    return frozenset(names)


def moved(base: Stack, head: Stack) -> frozenset[str]:
    """The services that stand elsewhere in the stack, so that the simulator plays them on other ports."""
    before = {service.name: service.position for service in base.services}
    return frozenset(service.name for service in head.services if before.get(service.name) != service.position)
