"""Turns faults of the simulator on and off, through its control interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble
from generator.runtime import host
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spec.stack import Stack

ANSWER_SECONDS = 5


@dataclass(frozen=True)
class Faults:
    """The control interface at `url`."""

    url: str

    @classmethod
    def of(cls, stack: Stack) -> Faults:
        """The simulator of a stack. Raises Trouble when the stack has none."""
        if not stack.spec.simulation.enabled or not stack.enabled("simulator"):
            raise Trouble(
                "this stack does not simulate its services", "set simulation.enabled, as the development overlay does"
            )
        return cls(f"http://{host(stack, 'simulator')}:{stack.port('simulator')}")

    def start(self, service: str, fault: str, seconds: float) -> None:
        """Raises Trouble, naming the nearest known one, when there is no such service or fault."""
        self._ask("POST", "/faults", {"service": service, "fault": fault, "seconds": seconds})

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        """End one fault, all of a service, or all; `SERVICE: FAULT` of each that was on."""
        if service and fault:
            ended = self._ask("DELETE", f"/faults/{service}/{fault}")["ended"]
            return (f"{service}: {fault}",) if ended else ()
        if service:
            self.known(service)
            return tuple(line for one in self._on(service) for line in self.end(service, one["fault"]))
        ended = tuple(f"{one['service']}: {one['fault']}" for one in self._on())
        self._ask("DELETE", "/faults")
        return ended

    def checkpoint(self) -> None:
        """What faults do to counters from now on can be undone."""
        self._ask("POST", "/checkpoint")

    def rewind(self) -> None:
        """Undo what faults did to counters since the checkpoint."""
        self._ask("POST", "/rewind")

    def known(self, service: str) -> tuple[str, ...]:
        """The faults that a service knows. Raises Trouble when there is no such service."""
        known: dict[str, list[str]] = self._ask("GET", "/faults")["known"]
        if service not in known:
            raise Trouble(f"no such service: {service}", _advice(service, sorted(known)))
        return tuple(known[service])

    def active(self, service: str = "") -> tuple[str, ...]:
        """A line for each fault that is on, of one service or of all."""
        return tuple(f"{one['service']}: {one['fault']} until {one['until']}" for one in self._on(service))

    def _on(self, service: str = "") -> list[dict[str, str]]:
        return [one for one in self._ask("GET", "/faults")["active"] if service in ("", one["service"])]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        import requests

        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(method, self.url + path, json=body, timeout=ANSWER_SECONDS)
                data: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise Trouble(f"the simulator does not answer at {self.url}", "`specola up simulator` starts it") from error
        if answer.status_code >= 400:
            wanted = path.split("/")[2:] or [str(value) for value in (body or {}).values()]
            known = data.get("faults") or data.get("services") or ()
            raise Trouble(str(data.get("error")), _advice(wanted[1 if "faults" in data else 0], known) if known else "")
        return data


def _advice(wanted: str, known: Iterable[str]) -> str:
    near = nearest(wanted, known)
    return f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
