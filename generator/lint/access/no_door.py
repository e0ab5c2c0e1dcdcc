"""What lets everybody in listens on this machine only.

Loki, Alloy, the exporters, the simulator and the inbox ask nobody for a password, Redis is told its own in the clear,
and Prometheus and Alertmanager ask with `access.basic_auth` only. On an address that others reach, natively or
published by docker, anyone there may read all logs, end silences, write log lines or, where indicators on log lines
are recorded, metrics that nobody has measured. Let them listen on loopback and put Grafana, which asks for a password,
before people.

```yaml
network: {listen: 0.0.0.0}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.components import COMPONENTS, GUARDED, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import Stack

ID = "access/no-door"
HINT = "listen on 127.0.0.1, or put something that asks for a password before it"
WITH_DOOR = ("grafana",)
"""What always asks who comes."""


def look(work: Work) -> Iterator[Problem]:
    """Every `listen` beyond loopback, with the components that it leaves open."""
    network, components = work.stack.spec.network.listen, work.stack.spec.components
    everywhere = []
    for key in _open(work.stack):
        own = getattr(components, key).listen
        if own is None:
            everywhere.append(key)
        elif not _loopback(own):
            yield work.problem(("components", key, "listen"), _said(own, key), HINT, id=ID)
    if everywhere and not _loopback(network):
        yield work.problem(("network", "listen"), _said(network, *everywhere), HINT, id=ID)


def _open(stack: Stack) -> Iterator[str]:
    """The components that run and let everybody in."""
    doors = (*WITH_DOOR, *(GUARDED if stack.spec.access.basic_auth else ()))
    yield from (one.key for one in COMPONENTS if one.key not in doors and running(stack, one.key))


def _loopback(address: str) -> bool:
    return address in ("localhost", "::1") or address.startswith("127.")


def _said(address: str, *keys: str) -> str:
    named = ", ".join("redis (its password in the clear)" if key == "redis" else key for key in keys)
    return f"on {address} others reach {named}, with nothing in between"
