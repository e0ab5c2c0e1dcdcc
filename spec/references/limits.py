"""What other programs set a limit to: the numbers of ports, and the length of names in links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import UID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.references.finding import Finding
    from spec.root import StackSpec

LAST_PORT = 65535
BESIDE = {"inbox": 1}
"""How many more ports a component takes after its own: the inbox speaks SMTP on the next."""
SIMULATED_PER_SERVICE = 10
LONGEST_SERVICE = UID_LENGTH - len("-overview")
"""Tables link to the dashboards of the service that was clicked, by its name; a longer uid would be another one."""


def ports(spec: StackSpec) -> Iterator[Finding]:
    """Every port that is listened on exists, once `network.offset` is added."""
    offset = spec.network.offset
    hint = f"ports end at {LAST_PORT}; choose a smaller network.offset or another port"
    for name in type(spec.components).model_fields:
        component = getattr(spec.components, name)
        port = component.port + BESIDE.get(name, 0) + offset
        if component.enabled and port > LAST_PORT:
            path = ("network", "offset") if offset else ("components", name, "port")
            yield path, f"{name} would listen on port {port}", hint
            return
    if not spec.simulation.enabled:
        return
    for index, (name, service) in enumerate(spec.services.items()):
        first = service.simulate_port or spec.simulation.first_port + index * SIMULATED_PER_SERVICE
        if first + len(service.exporters) + offset > LAST_PORT:
            path = ("network", "offset") if offset else ("simulation", "first_port")
            yield path, f"the simulator would play {name} on port {first + len(service.exporters) + offset}", hint
            return


def long_names(spec: StackSpec) -> Iterator[Finding]:
    """Names of services fit into the uids of their dashboards."""
    for name in spec.services:
        if len(name) > LONGEST_SERVICE:
            message = f"the name has {len(name)} characters: links to its dashboards would lead nowhere"
            yield ("services", name, "service"), message, f"at most {LONGEST_SERVICE}; put the rest into its title"
