"""The compose file: hardened whatever the unit, escaped, and read back as it was meant."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.compose import compose_file, networks
from generator.images import images
from generator.probe import probe
from generator.unit import EGRESS, STACK, Health, Limits, Mount, Publish, Reload, Unit, Volume

if TYPE_CHECKING:
    from generator.images import Image, Probe

PROMETHEUS = images()["prometheus"]
UNIT = Unit("prometheus", "Prometheus", PROMETHEUS)


def parsed(*units: Unit) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(compose_file(units, "lab"), Loader=yaml.CSafeLoader)
    return document


def service(unit: Unit, *others: Unit) -> dict[str, Any]:
    found: dict[str, Any] = parsed(unit, *others)["services"][unit.name]
    return found


def test_a_unit_in_full() -> None:
    unit = Unit(
        name="prometheus",
        title="Prometheus",
        image=PROMETHEUS.with_reference("registry.example.org/prometheus:v3.14.0"),
        args=("--web.enable-lifecycle",),
        mounts=(Mount("{build}/docker/prometheus", "/etc/prometheus"),),
        volumes=(Volume("prometheus", "/prometheus"),),
        secrets=("prometheus-password",),
        ports=(Publish(19090, 9090),),
        health=Health(9090),
        reload=Reload(path="/-/reload"),
        reload_files=("rules/",),
        limits=Limits(memory=512, cpus=0.5, pids=100),
        stop_seconds=30,
    )
    assert (
        compose_file((unit,), "lab").decode()
        == """name: lab
services:
  prometheus:
    image: "${SPECOLA_IMAGE_PROMETHEUS:-registry.example.org/prometheus:v3.14.0}"
    command:
      - "--web.enable-lifecycle"
    user: "65534:65534"
    read_only: true
    cap_drop:
      - ALL
    security_opt:
      - "no-new-privileges:true"
    mem_limit: "512m"
    cpus: 0.5
    pids_limit: 100
    volumes:
      - type: bind
        source: "../docker/prometheus"
        target: /etc/prometheus
        read_only: true
        bind:
          create_host_path: false
      - type: bind
        source: "../../secrets/.docker/prometheus/prometheus-password"
        target: /run/secrets/prometheus-password
        read_only: true
        bind:
          create_host_path: false
      - type: volume
        source: prometheus
        target: /prometheus
    ports:
      - target: 9090
        published: "19090"
        host_ip: "127.0.0.1"
        protocol: tcp
    networks:
      - stack
      - edge
    dns_opt:
      - "timeout:1"
      - "attempts:1"
    healthcheck:
      test:
        - CMD
        - grep
        - "-qE"
        - ":2382 [0-9A-F]+:0000 0A "
        - /proc/net/tcp
        - /proc/net/tcp6
      interval: "5s"
      timeout: "5s"
      start_period: "60s"
      retries: 3
    restart: unless-stopped
    stop_grace_period: "30s"
    logging:
      driver: json-file
      options:
        max-size: "10m"
        max-file: "3"
    x-specola:
      title: Prometheus
      port: 9090
      health:
        path: ""
        secret: ""
        tls: false
      reload:
        signal: HUP
        path: /-/reload
      reload_files:
        - rules/
      secrets:
        - prometheus-password
      stop_seconds: 30
    labels:
      specola.config-hash: "${SPECOLA_HASH_PROMETHEUS:-}"
      specola.reload-hash: "${SPECOLA_FILES_PROMETHEUS:-}"
networks:
  stack:
    internal: true
  edge:
    driver_opts:
      com.docker.network.bridge.enable_ip_masquerade: "false"
volumes:
  prometheus: {}
"""
    )


@pytest.mark.parametrize(
    ("asked", "ports", "joined"),
    [
        ((STACK,), (), (STACK,)),
        ((STACK,), (Publish(1, 2),), (STACK, "edge")),
        ((STACK, EGRESS), (), (STACK, EGRESS)),
        ((STACK, EGRESS), (Publish(1, 2),), (STACK, EGRESS)),
    ],
)
def test_only_what_publishes_joins_the_edge(
    asked: tuple[str, ...], ports: tuple[Publish, ...], joined: tuple[str, ...]
) -> None:
    assert networks(Unit("a", "A", PROMETHEUS, networks=asked, ports=ports)) == joined


def test_the_engine_s_socket_and_group_are_those_of_the_machine_it_runs_on() -> None:
    document = parsed(Unit("a$b", "A", PROMETHEUS, engine=True))
    (mount,) = document["services"]["a$b"]["volumes"]
    assert mount["source"] == "${SPECOLA_ENGINE_SOCKET:-/var/run/docker.sock}"
    assert (mount["target"], mount["read_only"]) == ("/var/run/docker.sock", True)
    assert document["services"]["a$b"]["group_add"] == ["${SPECOLA_ENGINE_GROUP:-0}"]


def test_nobody_else_may_talk_to_the_engine() -> None:
    service = parsed(Unit("a", "A", PROMETHEUS))["services"]["a"]
    assert "group_add" not in service
    assert "volumes" not in service


def test_waits_for_health_where_there_is_a_check() -> None:
    checked = Unit("checked", "", PROMETHEUS, health=Health(9090))
    unchecked = Unit("unchecked", "", PROMETHEUS)
    waiting = Unit("waiting", "", PROMETHEUS, after=("checked", "unchecked"))
    assert service(waiting, checked, unchecked)["depends_on"] == {
        "checked": {"condition": "service_healthy"},
        "unchecked": {"condition": "service_started"},
    }


def test_a_reader_never_gives_a_volume_its_owner() -> None:
    unit = Unit("reader", "", PROMETHEUS, volumes=(Volume("logs", "/logs", writable=False),))
    assert service(unit)["volumes"] == [
        {"type": "volume", "source": "logs", "target": "/logs", "read_only": True, "volume": {"nocopy": True}}
    ]


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("{build}/docker/loki", "../docker/loki"),
        ("{root}", "../.."),
        ("{root}/tls", "../../tls"),
        ("{logs}", "../../var/docker/logs"),
        ("/", "/"),
        ("/proc", "/proc"),
    ],
)
def test_places_of_the_host(source: str, rendered: str) -> None:
    assert service(Unit("a", "", PROMETHEUS, mounts=(Mount(source, "/x"),)))["volumes"][0]["source"] == rendered


PROBES: tuple[tuple[str, Health, tuple[str, ...]], ...] = (
    ("busybox", Health(9090), ("CMD", "grep", "-qE", ":2382 [0-9A-F]+:0000 0A ", "/proc/net/tcp", "/proc/net/tcp6")),
    (
        "busybox",
        Health(3000, "/api/health"),
        ("CMD", "wget", "-q", "-Y", "off", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"),
    ),
    ("python", Health(80), ("CMD", "python", "-c", "import socket; socket.create_connection(('127.0.0.1', 80), 3)")),
    ("bash", Health(80, "/x", tls=True), ("CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/80")),
    ("redis", Health(6379), ("CMD-SHELL", "redis-cli -p 6379 ping | grep -q PONG")),
    ("command", Health(3100, "/ready"), ("CMD", "/usr/bin/loki", "-health")),
    ("none", Health(1), ()),
)


@pytest.mark.parametrize(("kind", "health", "test"), PROBES)
def test_probes(kind: Probe, health: Health, test: tuple[str, ...]) -> None:
    image = next((one for one in images().values() if one.probe == kind), None)
    assert probe(image or _probed(kind), health) == test


def _probed(kind: Probe) -> Image:
    return dataclasses.replace(PROMETHEUS, probe=kind)


@pytest.mark.parametrize("kind", ["busybox", "bash", "redis"])
def test_a_password_reaches_no_program_as_an_argument(kind: Probe) -> None:
    command = probe(_probed(kind), Health(80, "/ready", secret="the-password"))[-1]
    assert command.count("$(cat /run/secrets/the-password)") == 1
    before = command.partition("$(cat /run/secrets/the-password)")[0]
    assert before.endswith("printf 'specola:%s' \"" if kind != "redis" else 'REDISCLI_AUTH="')


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@given(st.lists(TEXT, max_size=4), st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), TEXT, max_size=3))
def test_nothing_is_taken_for_a_variable_or_another_type(args: list[str], env: dict[str, str]) -> None:
    found = service(Unit("a", "A", PROMETHEUS, args=tuple(args), env=tuple(env.items())))
    assert [undone(one) for one in found.get("command", [])] == args
    assert {undone(key): undone(value) for key, value in found.get("environment", {}).items()} == env


@pytest.mark.parametrize(
    "text", ["0o755", "1e3", "12:30", "no", "~", "=", "0x1f", ".5", ".inf", "null", "2024-01-01", ""]
)
def test_quotes_what_some_reader_takes_for_another_type(text: str) -> None:
    quoted = re.compile(rf"""^      - ("{re.escape(text)}"|'{re.escape(text)}')$""", re.MULTILINE)
    assert quoted.search(compose_file((Unit("a", "A", PROMETHEUS, args=(text,)),), "lab").decode())


def undone(text: str) -> str:
    """What compose makes of a string; a lone dollar would be a variable."""
    assert "$" not in text.replace("$$", "")
    return text.replace("$$", "$")


def test_every_image_is_pinned() -> None:
    for name, image in images().items():
        assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", image.reference), name
        assert re.fullmatch(r"\d+:\d+", image.user), name
        assert not image.user.startswith("0:"), f"{name} runs as root"
    assert images()["node-exporter"].variable == "SPECOLA_IMAGE_NODE_EXPORTER"


@pytest.mark.parametrize(("networks", "expected"), [
    ((STACK,), ["timeout:1", "attempts:1"]), ((STACK, EGRESS), None),
])  # fmt: skip
def test_where_only_the_stacks_own_names_count_an_unknown_one_is_given_up_soon(
    networks: tuple[str, ...], expected: list[str] | None
) -> None:
    assert service(Unit("redis", "Redis", PROMETHEUS, networks=networks)).get("dns_opt") == expected
