"""A hardened stack for real: up, again, reload, restart, down."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.docker import stack
from tests.docker.life import ask, containers, in_time, inside, networks, reported, seen, up, volumes

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from compose.docker_backend import DockerBackend


@pytest.mark.slow
def test_a_stack_lives(engine: DockerClient, backend: DockerBackend) -> None:
    """One life of a stack, in one test because starting it is what takes the time."""
    stack.render(backend)
    assert up(backend) == dict.fromkeys(("alertmanager", "prometheus", "blackbox", "node-exporter"), "start")
    made = containers(engine, backend)
    for name, one in made.items():
        assert_hardened(name, one)
    assert_published_on_loopback(made)
    assert in_time(lambda: len(ask(backend, "up==1")) == 2), "both targets are scraped over the inner network"

    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{seen(backend, 'prometheus').address}/-/ready", timeout=5)

    assert set(up(backend).values()) == {"keep"}, "a second up does nothing"

    stack.render(backend, interval="2s")
    assert up(backend)["prometheus"] == "reload"
    assert "scrape_interval: 2s" in reported(backend)
    stack.write(backend.build, "docker/blackbox/blackbox.yml", {"modules": {"other": {"prober": "tcp"}}})
    assert up(backend) == {"alertmanager": "keep", "prometheus": "keep", "blackbox": "reload", "node-exporter": "keep"}
    assert containers(engine, backend) == made, "reloads keep the containers"
    assert set(up(backend).values()) == {"keep"}

    (backend.secrets / "prometheus-password").write_text("another")
    stack.render(backend, interval="2s")
    assert up(backend)["prometheus"] == "restart", "a secret is read at the start"

    made["node-exporter"].kill()
    assert in_time(lambda: seen(backend, "node-exporter").state == "exited")
    assert up(backend)["node-exporter"] == "restart"
    assert up(backend, "blackbox") == {"blackbox": "keep"}

    stack.render(backend, units=stack.UNITS[:3], interval="2s")
    assert up(backend)["node-exporter"] == "stop", "what is no longer rendered goes"
    assert "node-exporter" not in containers(engine, backend)

    backend.down(volumes=False)
    assert containers(engine, backend) == {}
    assert networks(engine, backend) == []
    assert volumes(engine, backend) == [f"{backend.project}_alertmanager", f"{backend.project}_prometheus"]
    assert not (backend.secrets / ".docker").exists(), "copies of secrets go with the containers"
    backend.down(volumes=True)
    assert volumes(engine, backend) == []


def assert_hardened(name: str, one: Container) -> None:
    host, config = one.attrs["HostConfig"], one.attrs["Config"]
    assert host["ReadonlyRootfs"], name
    assert host["CapDrop"] == ["ALL"], name
    assert "no-new-privileges:true" in host["SecurityOpt"], name
    assert host["Memory"] == 256 * 2**20, name
    assert host["NanoCpus"] == 10**9, name
    assert host["PidsLimit"] == 200, name
    assert config["User"] == "65534:65534", name
    assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, name
    writable = [mount["Destination"] for mount in one.attrs["Mounts"] if mount["RW"]]
    assert writable == {"prometheus": ["/prometheus"], "alertmanager": ["/alertmanager"]}.get(name, [])
    status = inside(one, "cat", "/proc/self/status")[1]
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert inside(one, "touch", "/etc/new") == (1, "touch: /etc/new: Read-only file system")


def assert_published_on_loopback(made: dict[str, Container]) -> None:
    hosts = {name: one.attrs["NetworkSettings"]["Ports"] for name, one in made.items()}
    for name in ("prometheus", "alertmanager"):
        assert {bound["HostIp"] for bindings in hosts[name].values() for bound in bindings or ()} == {"127.0.0.1"}
    for name in ("blackbox", "node-exporter"):
        assert not any(hosts[name].values()), f"{name} is published although only the stack needs it"
