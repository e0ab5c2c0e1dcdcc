"""The running simulation: services, their ports and logs, brought in line with faults and contracts at each tick."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from .logfile import LogFile
from .logs import LogStream
from .memory import Memory, recall, remember
from .server import Listener, PortTakenError, port_listener
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .contract import Contract, Port
    from .faults import Active

BENT = 10.0
"""Seconds between two writings of the counters while a fault makes them differ from usual load."""


class Simulation:
    """All services that one program plays."""

    def __init__(self, logs: Path, clock: Callable[[], float], report: Callable[[str], None]) -> None:
        self._logs, self._clock, self._report = logs, clock, report
        self._lock = RLock()
        self._actors: dict[str, _Actor] = {}
        self._reported: set[str] = set()

    @property
    def services(self) -> Mapping[str, Service]:
        """The services that are played, by name."""
        return {name: actor.service for name, actor in self._actors.items()}

    def ports(self) -> dict[str, int]:
        """The port numbers by service and port name, for example {"tug/node": 18113}."""
        return {one.purpose: one.port for actor in self._actors.values() for one in actor.listeners.values()}

    def play(self, contracts: Sequence[Contract]) -> None:
        """Play these services. Those that were played before go on where they are, with their faults.

        At first a port that is taken is an error; later it is reported and tried again at each tick.
        """
        with self._lock:
            first, before = not self._actors, self._actors
            kept = {contract.service for contract in contracts if _unchanged(before, contract)}
            for name in before.keys() - kept:
                before[name].close()
            self._actors = {
                contract.service: before[contract.service]
                if contract.service in kept
                else self._actor(contract, before.get(contract.service))
                for contract in contracts
            }
            if first:
                self._open_all()
            self.tick()

    def follow(self) -> None:
        """Open and close ports as the faults demand."""
        with self._lock:
            for actor in self._actors.values():
                for listener in actor.to_close():
                    listener.close()
                for listener in actor.to_open():
                    self._reopen(listener)

    def tick(self) -> None:
        """What has to happen from time to time: ports follow faults, lines are logged, faulty counters remembered."""
        with self._lock:
            self.follow()
            for actor in self._actors.values():
                actor.write_logs(self._clock())
                if actor.has_to_remember(self._clock()):
                    self._remember(actor)

    def close(self) -> None:
        """Remember the counters; ports close with the program."""
        with self._lock:
            for actor in self._actors.values():
                self._remember(actor)

    def _actor(self, contract: Contract, before: _Actor | None) -> _Actor:
        memory = before.service.memory() if before else self._recall(contract.service)
        service = Service(contract, self._clock, memory)
        if before:
            service.adopt(before.service.active())
        return _Actor(service, self._logs, self._clock(), self._report)

    def _open_all(self) -> None:
        try:
            for actor in self._actors.values():
                for listener in actor.to_open():
                    listener.open()
        except PortTakenError:
            for actor in self._actors.values():
                actor.close()
            raise

    def _reopen(self, listener: Listener) -> None:
        try:
            listener.open()
        except PortTakenError as error:
            self._once(str(error))

    def _memory_file(self, service: str) -> Path:
        return self._logs / f".simulator-{service}.json"

    def _recall(self, service: str) -> Memory | None:
        file = self._memory_file(service)
        try:
            return recall(file)
        except (OSError, ValueError) as error:
            self._report(f"{file}: {error}; counters start anew")
            return None

    def _remember(self, actor: _Actor) -> None:
        file = self._memory_file(actor.service.contract.service)
        try:
            remember(file, actor.service.memory())
        except OSError as error:
            self._once(f"{file}: cannot be written: {error.strerror}; counters may fall at the next restart")

    def _once(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._report(message)


class _Actor:
    """A service with its listeners by port name, and its logs."""

    def __init__(self, service: Service, logs: Path, now: float, report: Callable[[str], None]) -> None:
        self.service = service
        self.listeners = {port.name: port_listener(service, port) for port in service.contract.ports}
        self._remembered: tuple[tuple[Active, ...], float] | None = None
        declared = service.contract.logs
        self._stream = LogStream(service.contract.service, declared, now) if declared else None
        paths = (declared.path, declared.error_path or declared.path) if declared else ()
        self._files = [LogFile(logs / path, declared.rotate_bytes, report) for path in paths] if declared else []

    def to_close(self) -> list[Listener]:
        """The open listeners of ports that are down."""
        return [one for port, one in self._by_port() if one.is_open() and self.service.is_down(port)]

    def to_open(self) -> list[Listener]:
        """The closed listeners of ports that are not down."""
        return [one for port, one in self._by_port() if not one.is_open() and not self.service.is_down(port)]

    def write_logs(self, now: float) -> None:
        """Append the lines that are due."""
        if self._stream:
            for file, text in zip(self._files, self._stream.lines(now, self.service.log_effects()), strict=True):
                file.append(text)

    def has_to_remember(self, now: float) -> bool:
        """Whether faults came or went, or one has been bending the counters for a while since the last time."""
        active = self.service.active()
        if self._remembered and self._remembered[0] == active and not (active and now > self._remembered[1] + BENT):
            return False
        self._remembered = (active, now)
        return True

    def close(self) -> None:
        """Close every port."""
        for listener in self.listeners.values():
            listener.close()

    def _by_port(self) -> list[tuple[Port, Listener]]:
        return [(port, self.listeners[port.name]) for port in self.service.contract.ports]


def _unchanged(before: Mapping[str, _Actor], contract: Contract) -> bool:
    return contract.service in before and before[contract.service].service.contract == contract
