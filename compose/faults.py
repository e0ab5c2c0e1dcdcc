"""Turns faults of the simulator on and off, through its control interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble
from generator.runtime import loopback

if TYPE_CHECKING:
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
        return cls(f"http://{loopback(stack, 'simulator')}:{stack.port('simulator')}")

    def start(self, service: str, fault: str, seconds: float) -> None:
        """Raises Trouble, naming the known ones, when there is no such service or fault."""
        self._ask("POST", "/faults", {"service": service, "fault": fault, "seconds": seconds})

    def end(self, service: str = "", fault: str = "") -> None:
        """End one fault, or all."""
        self._ask("DELETE", f"/faults/{service}/{fault}" if service and fault else "/faults")

    def known(self) -> dict[str, list[str]]:
        """Every service with the faults it knows."""
        known: dict[str, list[str]] = self._ask("GET", "/faults")["known"]
        return known

    def active(self) -> tuple[str, ...]:
        """A line for each fault that is on."""
        return tuple(
            f"{one['service']}: {one['fault']} until {one['until']}" for one in self._ask("GET", "/faults")["active"]
        )

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        import requests

        try:
            answer = requests.request(method, self.url + path, json=body, timeout=ANSWER_SECONDS)
        except requests.RequestException as error:
            raise Trouble(f"the simulator does not answer at {self.url}", "`specola up simulator` starts it") from error
        data: dict[str, Any] = answer.json()
        if answer.status_code >= 400:
            known = data.get("faults") or data.get("services") or ()
            raise Trouble(str(data.get("error")), f"known: {', '.join(known)}" if known else "")
        return data
