"""The other stand-ins with their own ways of telling that they are well: Redis with a password, our Python programs."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from compose import secrets
from generator.images import images
from generator.unit import Health, Mount, Publish, Unit, Volume
from tests.docker import stack
from tests.docker.life import containers, inside, seen, up

if TYPE_CHECKING:
    from docker import DockerClient

    from compose.docker_backend import DockerBackend

REDIS = Unit(
    name="redis",
    title="Redis",
    image=images()["redis"],
    args=("redis-server", "/usr/local/etc/redis/redis.conf"),
    mounts=(Mount("{build}/docker/redis", "/usr/local/etc/redis"),),
    volumes=(Volume("redis", "/data"),),
    secrets=("redis-password", "redis-auth.conf"),
    health=Health(6379, secret="redis-password", interval=1),
)
REDIS_EXPORTER = Unit(
    name="redis-exporter",
    title="Redis exporter",
    image=images()["redis-exporter"],
    env=(("REDIS_ADDR", "redis://redis:6379"), ("REDIS_PASSWORD_FILE", "/run/secrets/redis-passwords.json")),
    secrets=("redis-passwords.json",),
    health=Health(9121, "/health", interval=1),
    after=("redis",),
)
PROGRAM = """
import time
from prometheus_client import Counter, start_http_server
Counter("beats", "Beats").inc(7)
start_http_server(18100)
with open("/logs/tug.log", "w") as log:
    log.write("{}")
for beat in range(10**9):
    print("beat", beat, flush=True)
    time.sleep(0.2)
"""
SIMULATOR = Unit(
    name="simulator",
    title="Simulator",
    image=images()["simulator"],
    args=("python", "-c", PROGRAM),
    env=(("PYTHONPATH", "/opt/specola"), ("PRICE", "$5 ${HOME} 'x' \"y\" # z")),
    mounts=(Mount("{programs}/simulator", "/opt/specola"), Mount("{logs}", "/logs", writable=True)),
    ports=(Publish(0, 18100),),
    health=Health(18100, "/metrics", interval=1),
    stop_seconds=1,
)


def test_redis_asks_for_its_password(engine: DockerClient, backend: DockerBackend) -> None:
    stack.render(backend, units=(REDIS, REDIS_EXPORTER))
    secrets.ensure(backend.root, ["redis-password"])
    password = secrets.read(backend.root, "redis-password")
    for name, text in (
        ("redis-auth.conf", f"requirepass {password}\n"),
        ("redis-passwords.json", f'{{"redis://redis:6379": "{password}"}}'),
    ):
        (backend.secrets / name).write_text(text)
    config = backend.build / "docker/redis/redis.conf"
    config.parent.mkdir(parents=True)
    config.write_text("dir /data\nprotected-mode no\ninclude /run/secrets/redis-auth.conf\n")
    up(backend)
    made = containers(engine, backend)
    assert inside(made["redis"], "redis-cli", "ping")[1] == "NOAUTH Authentication required."
    metrics = inside(made["redis-exporter"], "wget", "-q", "-O", "-", "http://127.0.0.1:9121/metrics")[1]
    assert "\nredis_up 1\n" in metrics
    everything = " ".join(str(one.attrs) for one in made.values())
    assert password not in everything, (
        "a password is neither an argument nor in the environment nor in a check's output"
    )
    assert set(up(backend).values()) == {"keep"}


def test_our_programs_run_with_nothing_but_their_library(engine: DockerClient, backend: DockerBackend) -> None:
    stack.render(backend, units=(SIMULATOR,))
    up(backend)
    one = containers(engine, backend)["simulator"]
    assert "beats_total 7.0" in inside(one, "wget", "-q", "-O", "-", "http://127.0.0.1:18100/metrics")[1]
    assert inside(one, "sh", "-c", 'printf %s "$PRICE"') == (0, "$5 ${HOME} 'x' \"y\" # z")
    assert (backend.root / "var/docker/logs/tug.log").read_text() == "{}"
    assert next(backend.logs("simulator", follow=False, lines=1)).startswith("beat ")
    lines = backend.logs("simulator", follow=True, lines=2)
    assert isinstance(lines, Generator)
    with closing(lines):
        followed = list(itertools.islice(lines, 5))
    beats = [int(line.removeprefix("beat ")) for line in followed]
    assert beats == list(range(beats[0], beats[0] + 5))
    assert seen(backend, "simulator").health == "healthy"
