"""Users of Grafana: those of the spec, each with a generated password. A user whose file is ours and whom the spec no
longer has is removed; users made by hand are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compose import secrets
from compose.access.change import ROLES, Change, apply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compose.clients import Client
    from spec.root import User

SECRET = "grafana-user-"  # noqa: S105 - the beginning of a file's name
PAGE = 5_000


def changes(
    wanted: Mapping[str, User], there: Mapping[str, Mapping[str, Any]], ours: frozenset[str]
) -> Iterator[Change]:
    """What makes the users those of the spec. `there` is each user by login, `ours` the logins that we once made."""
    for login, user in wanted.items():
        role = ROLES[user.role]
        found = there.get(login)
        if found is None:
            yield Change(
                "add", f"user {login}", f"{user.title}, {user.role}", "POST", "/api/admin/users", _body(login, user)
            )
        elif found["role"] != role:
            reason = f"{found['role'].lower()} → {user.role}"
            yield Change("change", f"user {login}", reason, "PATCH", f"/api/org/users/{found['id']}", {"role": role})
        if found is not None and (found["name"], found["email"]) != (user.title, user.email or found["email"]):
            path = f"/api/users/{found['id']}"
            yield Change("change", f"user {login}", "name or address", "PUT", path, _body(login, user))
    for login in sorted(ours - wanted.keys()):
        if login in there:
            path = f"/api/admin/users/{there[login]['id']}"
            yield Change("remove", f"user {login}", "no longer in the spec", "DELETE", path)


def read(grafana: Client) -> dict[str, dict[str, Any]]:
    """Every user by login, with id, name, email and role in the organisation. Raises UnreachableError."""
    roles = {user["userId"]: user["role"] for user in grafana.get("/api/org/users")}
    return {
        user["login"]: {
            "id": user["id"],
            "name": user["name"],
            "email": user["email"],
            "role": roles.get(user["id"], "None"),
        }
        for user in grafana.get("/api/users/search", perpage=PAGE)["users"]
    }


def settle(grafana: Client, root: Path, change: Change, wanted: Mapping[str, User]) -> None:
    """Carry out a change of a user: a new one gets a password and the role, a removed one's file goes."""
    login = change.what.removeprefix("user ")
    name = f"{SECRET}{login}"
    if change.kind == "add":
        secrets.ensure(root, (name,))
        made = apply(grafana, _with_password(change, secrets.read(root, name)))
        role = {"role": ROLES[wanted[login].role]}
        apply(grafana, Change("change", change.what, change.reason, "PATCH", f"/api/org/users/{made['id']}", role))
        return
    apply(grafana, change)
    if change.kind == "remove":
        secrets.remove(root, name)


def _body(login: str, user: User) -> dict[str, str]:
    return {"login": login, "name": user.title, **({"email": user.email} if user.email else {})}


def _with_password(change: Change, password: str) -> Change:
    return Change(
        change.kind, change.what, change.reason, change.method, change.path, {**change.body, "password": password}
    )
