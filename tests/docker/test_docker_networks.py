"""Who can reach whom: the inner network has no way out, the edge is one only for answers, egress is."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.unit import EGRESS, STACK, Publish
from tests.docker import stack
from tests.docker.life import containers, inside, up

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from compose.docker_backend import DockerBackend


@pytest.fixture
def outside() -> str:
    """A server beyond this machine: its own resolver, by TCP. An inner network bars the way there, not to the host."""
    for line in Path("/etc/resolv.conf").read_text().splitlines():
        key, _, address = line.partition(" ")
        if key == "nameserver" and not address.startswith("127."):
            with suppress(OSError), socket.create_connection((address.strip(), 53), timeout=3):
                return f"{address.strip()}:53"
    pytest.skip("no resolver beyond this machine takes a TCP connection, so nothing can be shown to be cut off")


def test_ways_out(engine: DockerClient, backend: DockerBackend, outside: str) -> None:
    inner = stack.changed(stack.BLACKBOX, name="inner")
    outgoing = stack.changed(stack.BLACKBOX, name="outgoing", networks=(STACK, EGRESS))
    public = stack.changed(stack.BLACKBOX, name="public", ports=(Publish(0, 9115),))
    stack.render(backend, units=(inner, outgoing, public))
    stack.write(backend.build, "docker/blackbox/blackbox.yml", {"modules": {"tcp": {"prober": "tcp", "timeout": "2s"}}})
    up(backend)
    made = containers(engine, backend)
    assert reaches(made["outgoing"], outside)
    assert not reaches(made["inner"], outside)
    assert not reaches(made["public"], outside)
    assert reaches(made["inner"], "outgoing:9115")
    assert reaches(made["outgoing"], "inner:9115")
    assert reaches(made["public"], "inner:9115")


def reaches(one: Container, address: str) -> bool:
    """Whether the container can connect to an address, asked through the blackbox exporter that it runs."""
    code, metrics = inside(one, "wget", "-q", "-O", "-", f"http://127.0.0.1:9115/probe?module=tcp&target={address}")
    assert code == 0, metrics
    return "\nprobe_success 1" in metrics
