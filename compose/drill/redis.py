"""Mishaps of Redis: settings that make its own load too much for it, and questions that find nothing.

Nothing that others keep in it is touched: keys are the drill's own, and only such keys may be thrown away.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeAlias

from compose import secrets
from compose.drill.mishap import Mishap, again_and_again
from generator.runtime import loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from compose.drill.mishap import Back, Ground

COMPONENT = "redis"
ANSWER_SECONDS = 5.0
CLIENTS = 20
"""As many may connect while connections are short."""
HELD = 17
ROOM = 300_000
"""Bytes beyond what Redis uses, while there is too little memory for what is written."""
KEYS, VALUE = 200, "x" * 5_000
"""A megabyte, written again and again."""

Reply: TypeAlias = "str | list[Reply] | None"


class RefusedError(OSError):
    """Redis answers with an error."""


@dataclass(frozen=True)
class Redis:
    """A connection. Raises OSError when Redis does not answer, RefusedError when it does not want to."""

    answers: IO[bytes]
    line: socket.socket

    def ask(self, *words: str | int) -> Reply:
        """Send a command and wait for the answer (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""
        parts = [str(word).encode() for word in words]
        self.line.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in parts))
        return self._reply()

    def _reply(self) -> Reply:
        kind, text = (read := self.answers.readline().decode().strip())[:1], read[1:]
        match kind:
            case "+" | ":":
                return text
            case "$":
                return None if text == "-1" else self.answers.read(int(text) + 2)[:-2].decode()
            case "*":
                return [self._reply() for _ in range(int(text))]
            case _:
                raise RefusedError(text or "the connection was closed")


@contextmanager
def connected(ground: Ground) -> Iterator[Redis]:
    """A connection of one's own, with the password of the stack."""
    stack = ground.clients.stack
    address = (loopback(stack, COMPONENT), stack.port(COMPONENT))
    with socket.create_connection(address, ANSWER_SECONDS) as line, line.makefile("rb") as answers:
        redis = Redis(answers, line)
        redis.ask("AUTH", secrets.read(ground.root, f"{COMPONENT}-password"))
        yield redis


def _set(ground: Ground, wanted: Callable[[int], Mapping[str, str | int]]) -> Back:
    """Change settings, by the bytes of memory that are used; what puts them back."""
    with connected(ground) as redis:
        used = next(line for line in str(redis.ask("INFO", "memory")).split() if line.startswith("used_memory:"))
        settings = wanted(int(used.partition(":")[2]))
        before = {name: _setting(redis, name) for name in settings}
        for name, value in settings.items():
            redis.ask("CONFIG", "SET", name, value)

    def back() -> None:
        with connected(ground) as redis:
            for name, value in before.items():
                redis.ask("CONFIG", "SET", name, value)

    return back


def _setting(redis: Redis, name: str) -> str:
    match redis.ask("CONFIG", "GET", name):
        case [_, str(value)]:
            return value
    raise RefusedError(f"there is no setting {name}")


def _little_memory(ground: Ground, _: float) -> Back:
    return _set(ground, lambda used: {"maxmemory": int(used / 0.95)})


def _few_connections(ground: Ground, _: float) -> Back:
    back = _set(ground, lambda _: {"maxclients": CLIENTS})
    held = ExitStack()
    for _ in range(HELD):
        held.enter_context(connected(ground))

    def both() -> None:
        held.close()
        back()

    return both


def _too_few_connections(ground: Ground, _: float) -> Back:
    """All are taken for a moment, again and again: in between the exporter finds one."""
    back = _set(ground, lambda _: {"maxclients": CLIENTS})

    def take() -> None:
        with ExitStack() as held:
            for _ in range(CLIENTS + 1):
                held.enter_context(connected(ground))

    return _then(again_and_again(take), back)


def _evictions(ground: Ground, _: float) -> Back:
    back = _set(ground, lambda used: {"maxmemory": used + ROOM, "maxmemory-policy": "volatile-ttl"})
    keys = tuple(f"specola-drill:{number}" for number in range(KEYS))

    def write() -> None:
        with connected(ground) as redis:
            for key in keys:
                redis.ask("SET", key, VALUE, "EX", 60)

    def remove() -> None:
        with connected(ground) as redis:
            redis.ask("DEL", *keys)

    return _then(again_and_again(write), remove, back)


def _misses(ground: Ground, _: float) -> Back:
    def look() -> None:
        with connected(ground) as redis:
            for number in range(KEYS):
                redis.ask("GET", f"specola-drill:{number}")

    return again_and_again(look)


def _then(*backs: Back) -> Back:
    """One after the other, the later ones whatever becomes of the earlier."""

    def back() -> None:
        with ExitStack() as rest:
            for one in reversed(backs):
                rest.callback(one)

    return back


MISHAPS = {
    "RedisMemoryHigh": Mishap(COMPONENT, _little_memory),
    "RedisConnectionsHigh": Mishap(COMPONENT, _few_connections),
    "RedisRejectsConnections": Mishap(COMPONENT, _too_few_connections, counts=("redis_rejected_connections_total",)),
    "RedisEvictions": Mishap(COMPONENT, _evictions, counts=("redis_evicted_keys_total",)),
    "RedisHitRateLow": Mishap(COMPONENT, _misses, counts=("redis_keyspace_misses_total",)),
}
