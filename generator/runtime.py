"""Where things are, natively and in docker: addresses of components, paths of files, addresses the simulator plays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from spec.instances import GOSSIP, Instance
from spec.root import Components

if TYPE_CHECKING:
    from spec.stack import Job, Stack, Target

SIMULATED_PORTS_PER_SERVICE = 10
CERTIFICATE = "tls-certificate"
KEY = "tls-key"
"""The secrets under which `up` lays the certificate of the spec and its key."""


@dataclass(frozen=True)
class Runtime:
    """One way to run the stack. Paths in configuration files are relative natively, and mount points in docker."""

    name: Literal["native", "docker"]

    @property
    def folder(self) -> str:
        """Where this runtime's own artefacts are, below `build/`."""
        return self.name

    def address(self, stack: Stack, component: str, number: int = 1) -> str:
        """`host:port` at which the other components reach this one, or one of its further instances."""
        if self.name == "docker":
            return f"{Instance(component, number).name}:{inner_port(component)}"
        return f"{host(stack, component)}:{stack.port(component, number)}"

    def addresses(self, stack: Stack, component: str) -> tuple[str, ...]:
        """Those of every instance of a component that is on."""
        return tuple(self.address(stack, component, one.number) for one in stack.instances(component))

    def gossip(self, stack: Stack, number: int) -> str:
        """`host:port` at which the other Alertmanagers reach this one. Whoever gets there may join: it is loopback."""
        if self.name == "docker":
            return f"{Instance('alertmanager', number).name}:{inner_port('alertmanager') + GOSSIP}"
        return f"127.0.0.1:{stack.port('alertmanager', number) + GOSSIP}"

    def shared(self, folder: str) -> str:
        """The path of an artefact folder that both runtimes share, as seen from a component's configuration file."""
        return f"/etc/specola/{folder}" if self.name == "docker" else f"../../{folder}"

    def secret(self, name: str) -> str:
        """The path of a secret's file, as seen from a component's configuration file."""
        return f"/run/secrets/{name}" if self.name == "docker" else f"../../../secrets/{name}"

    def project_file(self, path: str) -> str:
        """The path of a file of the project, such as a list of targets."""
        return f"/etc/specola/project/{path}" if self.name == "docker" else f"../../../{path}"

    def target(self, stack: Stack, job: Job, target: Target) -> str:
        """The address that is really asked for a target."""
        if target.component is not None:
            return self.address(stack, target.component.component, target.component.number)
        if not stack.simulates(job.service):
            return target.address
        return self._simulated(stack, job, target.address)

    def _simulated(self, stack: Stack, job: Job, address: str) -> str:
        name = "simulator" if self.name == "docker" else host(stack, "simulator")
        port = simulated_port(stack, job.service, "" if job.part == "probe" else job.part)
        match = re.match(r"(https?)://[^/]+(.*)", address)
        return f"http://{name}:{port}{match[2]}" if match else f"{name}:{port}"


NATIVE = Runtime("native")
DOCKER = Runtime("docker")
RUNTIMES = (NATIVE, DOCKER)


def certified_name(stack: Stack) -> str:
    """The name that the certificate is made out to, whatever name a component is asked by."""
    access = stack.spec.access
    named = access.tls.name if access.tls else None
    return named or urlsplit(access.root_url or "").hostname or "localhost"


def loopback(stack: Stack, component: str) -> str:
    """The address that reaches a component from its own host."""
    listen = getattr(stack.spec.components, component).listen or stack.spec.network.listen
    if listen == "::":
        return "::1"
    return "127.0.0.1" if listen in ("0.0.0.0", "localhost") else str(listen)  # noqa: S104 - compared, not bound


def host(stack: Stack, component: str) -> str:
    """The same as it stands before a port: an address of IPv6 in brackets."""
    address = loopback(stack, component)
    return f"[{address}]" if ":" in address else address


def inner_port(component: str) -> int:
    """The port a component listens on inside its container, whatever port is published."""
    default: int = Components.model_fields[component].default.port
    return default


def simulated_port(stack: Stack, service: str, part: str) -> int:
    """The port on which the simulator plays a part of a service."""
    watched = stack.by_name[service]
    parts = [p.name for p in watched.parts]
    first_port = stack.spec.simulation.first_port + watched.position * SIMULATED_PORTS_PER_SERVICE
    first = watched.spec.simulate_port or first_port
    return first + parts.index(part) + stack.spec.network.offset
