"""What other programs set a limit to: the numbers of ports, and the length of names in links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.instances import GOSSIP, STEP, instances
from spec.names import UID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.instances import Instance
    from spec.references.finding import Finding
    from spec.root import StackSpec

LAST_PORT = 65535
BESIDE = {"inbox": 1, "loki": 1}
"""How many more ports a component takes after its own: the inbox speaks SMTP on the next, Loki gRPC."""
APART = f"the ports of replicas are {STEP} apart: choose another port for one of the two"
SIMULATED_PER_SERVICE = 10
LONGEST_SERVICE = UID_LENGTH - len("-overview")
"""Tables link to the dashboards of the service that was clicked, by its name; a longer uid would be another one."""


def ports(spec: StackSpec) -> Iterator[Finding]:
    """Every port that is listened on exists, once `network.offset` is added."""
    offset = spec.network.offset
    hint = f"ports end at {LAST_PORT}; choose a smaller network.offset or another port"
    for one, port in _wanted(spec):
        if port + offset > LAST_PORT:
            path = ("network", "offset") if offset else ("components", one.component, "port")
            yield path, f"{_called(one)} would listen on port {port + offset}", hint
            return
    if not spec.simulation.enabled:
        return
    for index, (name, service) in enumerate(spec.services.items()):
        first = service.simulate_port or spec.simulation.first_port + index * SIMULATED_PER_SERVICE
        if first + len(service.exporters) + offset > LAST_PORT:
            path = ("network", "offset") if offset else ("simulation", "first_port")
            yield path, f"the simulator would play {name} on port {first + len(service.exporters) + offset}", hint
            return


def shared_ports(spec: StackSpec) -> Iterator[Finding]:
    """No two listen on the same port of the same address."""
    first: dict[tuple[str, int], Instance] = {}
    told: set[tuple[str, str]] = set()
    for one, port in _wanted(spec):
        listen = getattr(spec.components, one.component).listen or spec.network.listen
        other = first.setdefault((listen, port), one)
        if other != one and (one.component, other.component) not in told:
            told.add((one.component, other.component))
            key = "port" if one.number == 1 else "replicas"
            hint = APART if max(one.number, other.number) > 1 else "choose another port"
            message = f"{_called(one)} would listen on port {port}, as {_called(other)} does"
            yield ("components", one.component, key), message, hint


def _called(one: Instance) -> str:
    return one.component if one.number == 1 else one.name


def _wanted(spec: StackSpec) -> Iterator[tuple[Instance, int]]:
    """Every port of every component that is on, before `network.offset` is added."""
    for name in type(spec.components).model_fields:
        component, every = getattr(spec.components, name), instances(spec.components, name)
        beside = GOSSIP if name == "alertmanager" and len(every) > 1 else BESIDE.get(name, 0)
        if component.enabled and (name != "simulator" or spec.simulation.enabled):
            for one in every:
                yield from ((one, component.port + one.shift + extra) for extra in range(beside + 1))


def long_names(spec: StackSpec) -> Iterator[Finding]:
    """Names of services fit into the uids of their dashboards."""
    for name in spec.services:
        if len(name) > LONGEST_SERVICE:
            message = f"the name has {len(name)} characters: links to its dashboards would lead nowhere"
            yield ("services", name, "service"), message, f"at most {LONGEST_SERVICE}; put the rest into its title"
