"""Reading what Grafana serves, and putting the rendered state back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from compose.clients import UnreachableError
from compose.drift.compare import Drift, differences
from compose.fault import Trouble
from generator.grafana_sources import folder_uid, folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compose.clients import Client
    from spec.stack import Stack

TAG = "specola"
FOLDER = "dashboards"


def drift(grafana: Client, stack: Stack, build: Path) -> tuple[Drift, ...]:
    """Every dashboard that is not as it was rendered. Raises UnreachableError."""
    files = {path.relative_to(build).as_posix(): json.loads(path.read_bytes()) for path in _files(build)}
    served = {found["uid"]: found for found in grafana.get("/api/search", type="dash-db", limit=5000)}
    compared = [one for path, board in files.items() if (one := _compared(grafana, path, board, served))]
    ours = {folder_uid(folder) for folder in folders(stack)}
    rendered = {board["uid"] for board in files.values()}
    extra = [
        _extra(grafana, found)
        for uid, found in served.items()
        if uid not in rendered and (found.get("folderUid") in ours or TAG in found.get("tags", ()))
    ]
    return (*compared, *extra)


def _files(build: Path) -> Iterator[Path]:
    yield from sorted((build / FOLDER).rglob("*.json"))


def _compared(grafana: Client, path: str, board: dict[str, Any], served: dict[str, Any]) -> Drift | None:
    uid, title = board["uid"], board["title"]
    if uid not in served:
        return Drift("deleted", uid, title, path)
    answer = grafana.get(f"/api/dashboards/uid/{uid}")
    found = differences(board, answer["dashboard"])
    by = answer["meta"].get("updatedBy", "")
    if found:
        return Drift("edited", uid, title, path, by, found, answer["dashboard"])
    folder = folder_uid(path.split("/")[1])
    if answer["meta"].get("folderUid", folder) != folder:
        return Drift("moved", uid, title, path, by, folder=answer["meta"].get("folderTitle", ""))
    return None


def _extra(grafana: Client, found: dict[str, Any]) -> Drift:
    answer = grafana.get(f"/api/dashboards/uid/{found['uid']}")
    by = answer["meta"].get("createdBy", "")
    return Drift("extra", found["uid"], found["title"], "", by, (), answer["dashboard"], found.get("folderTitle", ""))


def restore(grafana: Client, build: Path, one: Drift) -> None:
    """Make an edited, moved or deleted dashboard again what was rendered. Raises Trouble."""
    board = json.loads((build / one.file).read_bytes())
    body = {
        "dashboard": board,
        "folderUid": folder_uid(one.file.split("/")[1]),
        "overwrite": True,
        "message": "as rendered",
    }
    try:
        answer = grafana.ask("POST", "/api/dashboards/db", json=body)
    except UnreachableError as error:
        raise Trouble(str(error)) from error
    if not answer.ok:
        hint = "Grafana lets nobody save it (access.edit_in_grafana); it reads the rendered file again by itself"
        raise Trouble(f"{one.uid} cannot be put back: grafana answers {answer.status_code}", hint)
