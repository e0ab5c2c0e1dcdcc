"""One thing to do in Grafana, as a value: what it is about, why, and the request that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from compose.clients import UnreachableError
from compose.fault import Trouble

if TYPE_CHECKING:
    from compose.clients import Client

ROLES = {"viewer": "Viewer", "editor": "Editor", "admin": "Admin"}
"""The spec's roles as Grafana calls them."""


@dataclass(frozen=True)
class Change:
    """A request that makes Grafana as the spec says. `password` stays out of every text."""

    kind: Literal["add", "change", "remove"]
    what: str
    reason: str
    method: str
    path: str
    body: Any = None

    def __repr__(self) -> str:
        return f"Change({self.kind} {self.what}: {self.reason})"


def apply(grafana: Client, change: Change) -> Any:
    """Carry it out; what Grafana answers. Raises Trouble when it refuses or does not answer."""
    try:
        answer = grafana.ask(change.method, change.path, json=change.body)
        if not answer.ok:
            raise UnreachableError(f"grafana answers {answer.status_code}")
        return answer.json() if answer.content else None
    except (UnreachableError, ValueError) as error:
        why = f"{change.what} cannot be made as the spec says: {error}"
        raise Trouble(why, "`specola up` again tries again") from error
