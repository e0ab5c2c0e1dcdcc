"""Ports: whether a component can have those it wants, and who holds those it cannot have."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compose.fault import Trouble
from compose.process import program

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTENING = "0A"  # include/net/tcp_states.h


@dataclass(frozen=True)
class Wanted:
    """A port which a component is going to listen on."""

    component: str
    address: str
    port: int
    protocol: str = "tcp"


def check(wanted: Iterable[Wanted], ours: frozenset[int] = frozenset()) -> None:
    """Try every port by binding it. Raises one Trouble for all that cannot be had.

    `ours` are pids of our own processes that will have ended before the port is needed.
    """
    refusals = tuple(filter(None, (_refusal(one, ours) for one in wanted)))
    if refusals:
        raise Trouble(
            "\n".join(refusals),
            "end what holds it, or change components.NAME.port in the spec, or network.offset for all ports",
        )


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def holders(port: int, protocol: str = "tcp") -> tuple[int, ...]:
    """The pids which listen on a port at any address; those of other users only as root."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, protocol)}
    return tuple(pid for pid in _pids() if inodes and _has_open(pid, inodes))


def _refusal(one: Wanted, ours: frozenset[int]) -> str:
    """Why the port cannot be had, or an empty string."""
    try:
        _bind(one)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return f"port {one.port} on {one.address}, wanted by {one.component}: {error.strerror}"
    else:
        return ""
    pids = holders(one.port, one.protocol)
    if pids and ours.issuperset(pids):
        return ""
    who = ", ".join(f"pid {pid} ({program(pid)})" for pid in pids) or "a process of another user"
    return f"port {one.port} on {one.address}, wanted by {one.component}, is held by {who}"


def _bind(one: Wanted) -> None:
    family = socket.AF_INET6 if ":" in one.address else socket.AF_INET
    kind = socket.SOCK_DGRAM if one.protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that are fading away do not count
        probe.bind((one.address, one.port))
        if kind == socket.SOCK_STREAM:
            probe.listen(1)


def _inodes(port: int, protocol: str) -> set[str]:
    """Socket inodes listening on a port (proc(5): /proc/net/tcp)."""
    found = set()
    for table in (protocol, f"{protocol}6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{port:04X}") and (protocol == "udp" or fields[3] == LISTENING):
                    found.add(fields[9])
    return found


def _pids() -> tuple[int, ...]:
    return tuple(sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()))


def _has_open(pid: int, links: set[str]) -> bool:
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(entry.readlink()) in links:
                    return True
    return False
