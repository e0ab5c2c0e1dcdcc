"""The control interface: which faults there are, turning them on and off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from .server import Handler, Listener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Active
    from .service import Service

LONGEST_FAULT = 86_400.0
LARGEST_BODY = 64 * 1024


class Stage(Protocol):
    """What is controlled: the services by name, and a call that opens and closes ports as their faults demand."""

    @property
    def services(self) -> Mapping[str, Service]:
        """The services that are played."""
        ...

    def follow(self) -> None:
        """Make ports follow the faults."""
        ...


class RefusedError(Exception):
    """A request that is refused with this status, and what the answer says."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        self.status, self.body = status, {"error": error} | more
        super().__init__(error)


def control_listener(stage: Stage, address: str, port: int) -> Listener:
    """The listener of the control interface."""
    return Listener(address, port, "control", partial(_ControlHandler, stage))


class _ControlHandler(Handler):
    def __init__(self, stage: Stage, *args: Any) -> None:
        self._stage = stage
        super().__init__(*args)

    def do_GET(self) -> None:  # noqa: N802 (the name that the base class looks for)
        """`/health` and `/faults`."""
        match self._parts():
            case ["health"]:
                self.send_json(200, {"status": "ok", "services": sorted(self._stage.services)})
            case ["faults"]:
                active = [_shown(name, item) for name, one in self._stage.services.items() for item in one.active()]
                self.send_json(200, {"active": active, "known": _known(self._stage)})
            case _:
                self.send_json(404, {"error": "there are /health and /faults"})

    def do_POST(self) -> None:  # noqa: N802 (likewise)
        """`/faults`: turn a fault on. `/checkpoint`, `/rewind`: undo what faults between them did to counters."""
        self._try(self._start if self._parts() == ["faults"] else self._turn)

    def do_DELETE(self) -> None:  # noqa: N802 (likewise)
        """`/faults` or `/faults/SERVICE/FAULT`: turn faults off."""
        self._try(self._end)

    do_HEAD = do_GET  # noqa: N815 (likewise)

    def _try(self, action: Any) -> None:
        try:
            if "Origin" in self.headers:
                raise RefusedError(403, "web pages may not change faults")
            status, value = action()
        except RefusedError as refusal:
            self.send_json(refusal.status, refusal.body)
            return
        self._stage.follow()
        self.send_json(status, value)

    def _turn(self) -> tuple[int, object]:
        services = self._stage.services
        match self._parts():
            case ["checkpoint"]:
                for service in services.values():
                    service.checkpoint()
            case ["rewind"]:
                for service in services.values():
                    service.rewind()
            case _:
                raise RefusedError(404, "faults are started at /faults")
        return 200, {"services": sorted(services)}

    def _start(self) -> tuple[int, object]:
        request = self._request()
        service, fault, seconds = request["service"], request["fault"], request["seconds"]
        if not isinstance(service, str) or not isinstance(fault, str):
            raise RefusedError(400, "'service' and 'fault' must be texts")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_FAULT:
            raise RefusedError(400, f"'seconds' must be a number above 0 and at most {LONGEST_FAULT:g}")
        return 200, _shown(service, self._service(service, fault).start(fault, seconds))

    def _end(self) -> tuple[int, object]:
        match self._parts():
            case ["faults"]:
                return 200, {"ended": sum(service.end() for service in self._stage.services.values())}
            case ["faults", service, fault]:
                return 200, {"ended": self._service(service, fault).end(fault)}
        raise RefusedError(404, "faults are ended at /faults and /faults/SERVICE/FAULT")

    def _service(self, name: str, fault: str) -> Service:
        service = self._stage.services.get(name)
        if service is None:
            raise RefusedError(404, f"no such service: {name}", services=sorted(self._stage.services))
        if fault not in service.contract.faults:
            raise RefusedError(404, f"{name} has no fault {fault}", faults=sorted(service.contract.faults))
        return service

    def _request(self) -> dict[str, object]:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise RefusedError(411, "the request must say its Content-Length")
        if int(length) > LARGEST_BODY:
            raise RefusedError(413, f"the request is longer than {LARGEST_BODY} bytes")
        try:
            request = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, "the request is not JSON") from error
        expected = {"service", "fault", "seconds"}
        if not isinstance(request, dict) or set(request) != expected:
            raise RefusedError(400, "the request must be an object with 'service', 'fault' and 'seconds'")
        return request

    def _parts(self) -> list[str]:
        return [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]


def _known(stage: Stage) -> dict[str, list[str]]:
    return {name: sorted(service.contract.faults) for name, service in stage.services.items()}


def _shown(service: str, item: Active) -> dict[str, object]:
    return {
        "service": service,
        "fault": item.fault.name,
        "since": datetime.fromtimestamp(item.since, UTC).isoformat(timespec="milliseconds"),
        "until": datetime.fromtimestamp(item.until, UTC).isoformat(timespec="milliseconds"),
    }
