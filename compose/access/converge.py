"""Bringing Grafana's users, teams, folders and service accounts to what the spec says; a second time does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose import secrets
from compose.access import accounts, people, teams
from compose.access.change import apply
from generator.grafana_sources import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from compose.access.change import Change
    from compose.clients import Client
    from spec.stack import Stack


def converge(grafana: Client, root: Path, stack: Stack, done: Callable[[Change], None]) -> None:
    """Make every change that is needed and tell of each. Raises Trouble, or UnreachableError while Grafana is away."""
    access, owners = stack.spec.access, stack.spec.owners
    for change in tuple(people.changes(access.users, people.read(grafana), secrets.named(root, people.SECRET))):
        people.settle(grafana, root, change, access.users)
        done(change)
    for change in tuple(
        accounts.changes(access.service_accounts, accounts.read(grafana), secrets.named(root, accounts.SECRET))
    ):
        accounts.settle(grafana, root, change)
        done(change)
    for change in (*teams.missing(owners, teams.read(grafana)),):
        apply(grafana, change)
        done(change)
    for change in tuple(_rights(grafana, stack)):
        apply(grafana, change)
        done(change)


def _rights(grafana: Client, stack: Stack) -> Iterator[Change]:
    access, owners, there = stack.spec.access, stack.spec.owners, teams.read(grafana)
    users = {login: found["id"] for login, found in people.read(grafana).items()}
    yield from teams.members(owners, access, there, users)
    for owner, title in folders(stack).items():
        found = teams.read_rights(grafana, owner)
        if found is not None:
            team = there[owners[owner].title]["id"] if owner in owners else 0
            yield from teams.folder(owner, title, teams.rights(owner, access, team), found)
