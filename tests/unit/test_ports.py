"""Ports that can be had, and who holds those that cannot."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from compose.fault import Trouble
from compose.ports import Wanted, check, free_port, holders
from compose.process import program

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = f"pid {os.getpid()} ({program(os.getpid())})"


@contextmanager
def taken(address: str = "127.0.0.1", kind: socket.SocketKind = socket.SOCK_STREAM) -> Iterator[int]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as holder:
        holder.bind((address, 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        yield holder.getsockname()[1]


def test_a_free_port_is_free() -> None:
    port = free_port()
    check([Wanted("prometheus", "127.0.0.1", port), Wanted("prometheus", "127.0.0.1", port, "udp")])
    assert holders(port) == ()


def test_all_taken_ports_are_told_at_once() -> None:
    with taken() as first, taken("") as second, taken(kind=socket.SOCK_DGRAM) as third:
        wanted = [
            Wanted("prometheus", "127.0.0.1", first),
            Wanted("grafana", "127.0.0.1", second),
            Wanted("syslog", "127.0.0.1", third, "udp"),
            Wanted("loki", "127.0.0.1", free_port()),
        ]
        with pytest.raises(Trouble) as caught:
            check(wanted)
    assert caught.value.message.splitlines() == [
        f"port {first} on 127.0.0.1, wanted by prometheus, is held by {ME}",
        f"port {second} on 127.0.0.1, wanted by grafana, is held by {ME}",
        f"port {third} on 127.0.0.1, wanted by syslog, is held by {ME}",
    ]
    assert "network.offset" in caught.value.hint


def test_a_port_of_a_process_that_will_have_ended_does_not_count() -> None:
    with taken() as port:
        check([Wanted("prometheus", "127.0.0.1", port)], ours=frozenset({os.getpid()}))


def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(
        Trouble, match=r"port 9090 on 192\.0\.2\.1, wanted by prometheus: Cannot assign requested address"
    ):
        check([Wanted("prometheus", "192.0.2.1", 9090)])
