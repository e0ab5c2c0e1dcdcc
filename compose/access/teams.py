"""Teams of Grafana, one for each owner, and who may see and edit the folder of an owner's dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compose.access.change import Change
from generator.grafana_sources import COMMON_FOLDER, folder_uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compose.clients import Client
    from spec.root import Access, Owner

VIEW, EDIT = 1, 2
"""Grafana's numbers for what may be done with a folder: https://grafana.com/docs/grafana/latest/developers/http_api/folder_permissions/"""
Team = dict[str, Any]
Right = tuple[str, int, int]
"""Role (or nothing), team (or 0), and what they may."""


def missing(owners: Mapping[str, Owner], there: Mapping[str, Team]) -> Iterator[Change]:
    """A team for each owner, called as the owner is."""
    for owner in owners.values():
        if owner.title not in there:
            body = {"name": owner.title, **({"email": owner.contact} if owner.contact else {})}
            yield Change("add", f"team {owner.title}", "owns services", "POST", "/api/teams", body)


def members(
    owners: Mapping[str, Owner], access: Access, teams: Mapping[str, Team], users: Mapping[str, int]
) -> Iterator[Change]:
    """Who is in which team, as the users of the spec say. Teams that are no owner's are left alone."""
    for name, owner in owners.items():
        team = teams[owner.title]
        wanted = {login for login, user in access.users.items() if name in user.teams and login in users}
        what = f"team {owner.title}"
        for login in sorted(wanted - team["members"].keys()):
            path = f"/api/teams/{team['id']}/members"
            yield Change("change", what, f"with {login}", "POST", path, {"userId": users[login]})
        for login in sorted(team["members"].keys() - wanted):
            path = f"/api/teams/{team['id']}/members/{team['members'][login]}"
            yield Change("change", what, f"without {login}", "DELETE", path)


def rights(owner: str, access: Access, team: int) -> frozenset[Right]:
    """Who may do what with the folder of an owner: the team edits, everybody looks unless folders are private."""
    everybody: tuple[Right, ...] = (("Viewer", 0, VIEW), ("Editor", 0, VIEW))
    if owner == COMMON_FOLDER:
        return frozenset(everybody)
    return frozenset({("", team, EDIT), *(() if access.private_folders else everybody)})


def folder(owner: str, title: str, wanted: frozenset[Right], there: frozenset[Right]) -> Iterator[Change]:
    """The change of a folder's rights, if they are not as they should be."""
    if wanted != there:
        items = [
            {"permission": may, **({"role": role} if role else {"teamId": team})} for role, team, may in sorted(wanted)
        ]
        path = f"/api/folders/{folder_uid(owner)}/permissions"
        yield Change("change", f"folder {title}", "who may do what", "POST", path, {"items": items})


def read(grafana: Client) -> dict[str, Team]:
    """Every team by name, with its id and members (login to user id). Raises UnreachableError."""
    found = grafana.get("/api/teams/search", perpage=1000)["teams"]
    return {team["name"]: {"id": team["id"], "members": _members(grafana, team["id"])} for team in found}


def _members(grafana: Client, team: int) -> dict[str, int]:
    return {member["login"]: member["userId"] for member in grafana.get(f"/api/teams/{team}/members")}


def read_rights(grafana: Client, owner: str) -> frozenset[Right] | None:
    """Who may do what with a folder; None while Grafana has not read it yet."""
    answer = grafana.ask("GET", f"/api/folders/{folder_uid(owner)}/permissions")
    if answer.status_code == 404:
        return None
    found = [right for right in answer.json() if not right.get("inherited")]
    return frozenset((right.get("role") or "", right.get("teamId") or 0, right["permission"]) for right in found)
