"""Ports for the stacks of the tests: several run at once, in several processes of pytest, and none may meet another."""

from __future__ import annotations

import os
import socket

PORTS = (
    *(3000, 3100, 3101, 6379, 9090, 9093, 9094, 9100, 9115, 9121, 9180, 9181, 9182, 9190, 9193, 9194, 12345),
    *range(18_100, 18_150),
)
"""Ports of the components, of a second Prometheus and Alertmanager, and of the simulated services, before the offset."""
_STEP = 120
"""More than from one of `PORTS` to the last of its neighbours, so that two offsets a few steps apart share no port."""
_OFFSETS = range(2_000, 4_400, _STEP)
"""No two differ by what two ports of different neighbourhoods do; all ports stay below those of the kernel's choice."""


def free_offset() -> int:
    """An offset at which every port of a stack is free. Processes of pytest take turns: none takes another's."""
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    for offset in _OFFSETS[int(worker.removeprefix("gw")) :: workers]:
        if all(_free(port + offset) for port in PORTS):
            return offset
    raise AssertionError("no free ports")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that have ended do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
