"""Mishaps of a real Redis: what its alert looks at goes wrong, and afterwards it is as it was."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from compose import secrets, tools
from compose.drill import mishap
from compose.drill.mishap import Ground
from compose.drill.redis import MISHAPS, RefusedError, connected
from compose.ports import free_port
from tests.integration.working_copy import REPOSITORY
from tests.unit.played import played
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


pytestmark = pytest.mark.tools
LIMITS = ("maxmemory", "maxmemory-policy", "maxclients")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A Redis with the password of a stack."""
    try:
        program = tools.locate("redis-server", REPOSITORY)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    port = free_port()
    secrets.ensure(tmp_path, ["redis-password"])
    stack = small_stack(components={"redis": {"port": port}})
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    words += ["--requirepass", secrets.read(tmp_path, "redis-password")]
    backend: Any = None
    here = Ground(backend, played(stack), tmp_path)
    with subprocess.Popen([program.path, *program.words, *words], stdout=subprocess.DEVNULL) as server:
        try:
            _eventually(lambda: _numbers(here) != {}, "Redis answers")
            yield here
        finally:
            server.terminate()


def _eventually(happened: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError):
            if happened():
                return
        time.sleep(0.02)
    pytest.fail(f"not in 20 s: {what}")


def _numbers(ground: Ground) -> dict[str, float]:
    """What Redis says of itself."""
    with connected(ground) as redis:
        pairs = (line.partition(":") for line in str(redis.ask("INFO")).splitlines())
        return {name: float(value) for name, _, value in pairs if value.replace(".", "", 1).isdigit()}


def _limits(ground: Ground) -> list[Any]:
    with connected(ground) as redis:
        return [redis.ask("CONFIG", "GET", name) for name in LIMITS]


WRONG: tuple[tuple[str, Callable[[dict[str, float]], bool]], ...] = (
    ("RedisMemoryHigh", lambda now: now["used_memory"] / now["maxmemory"] > 0.9),
    ("RedisConnectionsHigh", lambda now: 0.8 < now["connected_clients"] / now["maxclients"] < 1),
    ("RedisRejectsConnections", lambda now: now["rejected_connections"] > 0),
    ("RedisEvictions", lambda now: now["evicted_keys"] > 100),
    ("RedisHitRateLow", lambda now: now["keyspace_misses"] > 100),
)


def test_every_mishap_is_tried() -> None:
    assert {name for name, _ in WRONG} == MISHAPS.keys()


@pytest.mark.parametrize(("name", "wrong"), WRONG, ids=[name for name, _ in WRONG])
def test_it_goes_wrong_and_is_put_back(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, wrong: Callable[[dict[str, float]], bool]
) -> None:
    monkeypatch.setattr(mishap, "AGAIN", 0.02)
    with connected(ground) as redis:
        redis.ask("SET", "kept", "by somebody")
    before = _limits(ground)
    assert not wrong(_numbers(ground) | {"maxmemory": 1e9})
    back = MISHAPS[name].begin(ground, 60.0)
    try:
        _eventually(lambda: wrong(_numbers(ground)), f"what {name} looks at is wrong")
    finally:
        back()
    assert _limits(ground) == before
    with connected(ground) as redis:
        assert (redis.ask("GET", "kept"), redis.ask("DBSIZE")) == ("by somebody", "1")


def test_an_answer_that_is_an_error_is_raised(ground: Ground) -> None:
    with connected(ground) as redis, pytest.raises(RefusedError, match="unknown command"):
        redis.ask("NOSUCH")
