"""Where lines are searched: which services have any, the Loki that has them, and what still works without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.clients import Clients, UnreachableError
from compose.fault import Trouble
from compose.table import Folders
from generator.contract import log_file
from spec.names import OWN_SERVICE

if TYPE_CHECKING:
    from pathlib import Path

    from compose.clients import Client
    from spec.stack import Stack

READY = "/ready"


def loki(stack: Stack, root: Path, service: str, absent: str) -> Client:
    """The running Loki. Raises Trouble that says why there is none and what still works; `absent` is a known reason."""
    rest = f"`specola logs COMPONENT` shows what a component prints{_files(stack, root, service)}"
    if not stack.enabled("loki"):
        raise Trouble("Loki is not part of this stack, so no lines can be searched", rest)
    if absent:
        raise Trouble(f"Loki does not run here, so no lines can be searched: {absent}", rest)
    client = Clients(stack, root).loki
    try:
        client.ask("GET", READY)
    except UnreachableError as error:
        raise Trouble(f"{error}, so no lines can be searched", f"`specola up` starts it; {rest}") from error
    return client


def _files(stack: Stack, root: Path, service: str) -> str:
    """Where a service's lines are meanwhile."""
    found = stack.by_name.get(service)
    if service == OWN_SERVICE or found is None or found.spec.logs is None:
        return ""
    logs = found.spec.logs
    paths = [path for path in (logs.path, logs.errors_path) if path]
    if stack.simulates(service):
        folders = Folders(root)
        paths = list(dict.fromkeys(folders.expand(log_file(service, path)) for path in paths))
    return f"; {service} writes to {' and '.join(paths)}"
