"""Instances: how often a component runs on the machine, and what each of them is called and listens on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spec.root import Components

REPLICATED = ("prometheus", "alertmanager")
"""The components of which there may be several."""
MOST = 5
STEP = 100
"""From the port of one instance to that of the next. No default port lies on the way of another's."""
GOSSIP = 1
"""Alertmanagers talk to each other on the port after their own."""


@dataclass(frozen=True)
class Instance:
    """One process or container of a component; `number` counts from 1. The first is called like the component."""

    component: str
    number: int = 1

    @property
    def name(self) -> str:
        """As processes, containers, their data and people call it: `alertmanager`, `alertmanager-2`."""
        first = self.component.replace("_", "-")
        return first if self.number == 1 else f"{first}-{self.number}"

    @property
    def shift(self) -> int:
        """What is added to the port of the component."""
        return STEP * (self.number - 1)


def instances(components: Components, component: str) -> tuple[Instance, ...]:
    """All of a component, the first first, whether it is switched on or not."""
    count: int = getattr(components, component).replicas if component in REPLICATED else 1
    return tuple(Instance(component, number + 1) for number in range(count))


def possible_names(component: str) -> tuple[str, ...]:
    """The names that a component's instances can have, for who does not know how many there are."""
    return tuple(Instance(component, number + 1).name for number in range(MOST if component in REPLICATED else 1))
