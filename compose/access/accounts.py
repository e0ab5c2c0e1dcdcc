"""Service accounts of Grafana: programs with a token of their own, which stands in `secrets/grafana-token-NAME`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from compose import secrets
from compose.access.change import ROLES, Change, apply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compose.clients import Client
    from spec.root import ServiceAccount

SECRET = "grafana-token-"  # noqa: S105 - the beginning of a file's name
PATH = "/api/serviceaccounts"


def changes(
    wanted: Mapping[str, ServiceAccount], there: Mapping[str, Mapping[str, Any]], ours: frozenset[str]
) -> Iterator[Change]:
    """What makes the accounts those of the spec; `ours` are those whose token stands in a file."""
    for name, account in wanted.items():
        role, found = ROLES[account.role], there.get(name)
        if found is None:
            body = {"name": name, "role": role}
            yield Change("add", f"service account {name}", f"{account.title}, {account.role}", "POST", PATH, body)
        elif found["role"] != role:
            reason, path = f"{found['role'].lower()} → {account.role}", f"{PATH}/{found['id']}"
            yield Change("change", f"service account {name}", reason, "PATCH", path, {"name": name, "role": role})
        if found is not None and name not in ours:
            path = f"{PATH}/{found['id']}/tokens"
            yield Change("change", f"service account {name}", "its token is not here: a new one", "POST", path)
    for name in sorted(ours - wanted.keys()):
        if name in there:
            path = f"{PATH}/{there[name]['id']}"
            yield Change("remove", f"service account {name}", "no longer in the spec", "DELETE", path)


def read(grafana: Client) -> dict[str, dict[str, Any]]:
    """Every account by name. Raises UnreachableError."""
    found = grafana.get(f"{PATH}/search", perpage=1000)["serviceAccounts"]
    return {account["name"]: {"id": account["id"], "role": account["role"]} for account in found}


def settle(grafana: Client, root: Path, change: Change) -> None:
    """Carry out a change of an account: a new one gets a token, a removed one's file goes."""
    name = change.what.removeprefix("service account ")
    if change.path.endswith("/tokens"):
        _token(grafana, root, name, change.path)
        return
    made = apply(grafana, change)
    if change.kind == "add":
        _token(grafana, root, name, f"{PATH}/{made['id']}/tokens")
    if change.kind == "remove":
        secrets.remove(root, SECRET + name)


def _token(grafana: Client, root: Path, name: str, path: str) -> None:
    """A token is shown once, when it is made. Its own name only has to be new."""
    body = {"name": f"specola-{time.time_ns()}"}
    made = apply(grafana, Change("add", f"token of {name}", "", "POST", path, body))
    secrets.lay(root, SECRET + name, made["key"])
