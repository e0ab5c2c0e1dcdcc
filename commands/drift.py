"""`specola drift`: what Grafana serves against what was rendered; an edit made there brought back, or taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from commands import as_started
from commands.files import write_into
from commands.project import FINE, PROBLEMS
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Project, Say
    from compose.clients import Client
    from compose.drift.compare import Drift
    from spec.load import Loaded

WORDS = {
    "edited": "was edited",
    "deleted": "is not there",
    "extra": "was not rendered",
    "moved": "is in another folder",
}


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--bring-back", action="store_true", help="write the edits into the spec, where a key says them")
    what.add_argument("--take-back", action="store_true", help="make Grafana serve again what was rendered")
    parser.add_argument("--save", metavar="DIR", help="save what Grafana serves of each such dashboard as a file")


def run(args: Namespace, say: Say) -> int:
    """Tell every dashboard that is not as rendered; 1 when there is one and it was not taken back."""
    from compose.clients import Clients, UnreachableError
    from compose.drift.grafana import drift

    project = as_started.project(args)
    loaded = project.load()
    if not loaded.stack.enabled("grafana"):
        raise Trouble("this stack has no Grafana", "components.grafana.enabled switches it off")
    grafana = Clients(loaded.stack, project.root).grafana
    try:
        found = drift(grafana, loaded.stack, project.build)
    except UnreachableError as error:
        raise Trouble(str(error), "`specola up` starts it") from error
    _tell(loaded, found, args.format, say)
    if args.save:
        _save(Path(args.save), found, say)
    if args.bring_back:
        _bring_back(project, loaded, found, say)
    if args.take_back:
        return _take_back(grafana, project, found, say)
    return PROBLEMS if found else FINE


def _tell(loaded: Loaded, found: tuple[Drift, ...], format_: str, say: Say) -> None:
    if format_ == "json":
        say(json.dumps({"drift": [_row(loaded, one) for one in found]}, indent=1))
        return
    for one in found:
        by = f" by {one.by}" if one.by else ""
        where = f", in {one.folder}" if one.folder else ""
        say(f"{one.uid}: {one.title}: {WORDS[one.kind]}{by}{where}")
        for text, place in _changes(loaded, one):
            say(f"  {text}" + (f"\n    {place}" if place else ""))
    say(f"{len(found)} dashboards are not as rendered" if found else "every dashboard is as rendered")


def _row(loaded: Loaded, one: Drift) -> dict[str, object]:
    changes = [{"text": text, "spec": place} for text, place in _changes(loaded, one)]
    return {
        "uid": one.uid,
        "title": one.title,
        "kind": one.kind,
        "by": one.by,
        "folder": one.folder,
        "changes": changes,
    }


def _changes(loaded: Loaded, one: Drift) -> list[tuple[str, str]]:
    """Each difference in words, and the place of the spec that would say it."""
    from adopt.bring_back import edits
    from spec.locate import in_file

    found = []
    for difference, edit in edits(loaded.stack, one):
        place = ""
        if edit is not None:
            mark, path = in_file(loaded.tree, edit.path)
            place = f"{mark}: {path}: {edit.value}"
        found.append((difference.text(), place))
    return found


def _save(folder: Path, found: tuple[Drift, ...], say: Say) -> None:
    for one in found:
        if one.served:
            text = json.dumps(one.served, indent=1, ensure_ascii=False) + "\n"
            say(f"saved {write_into(folder, f'{one.uid}.json', text)}")


def _bring_back(project: Project, loaded: Loaded, found: tuple[Drift, ...], say: Say) -> None:
    """Write each edit that a key of the spec says, at its place. Several edits of a file are made from its end up."""
    from adopt.bring_back import edits
    from adopt.scalars import replaced
    from spec.locate import locate

    wanted = {edit.path: edit.value for one in found for _, edit in edits(loaded.stack, one) if edit is not None}
    places = sorted(((locate(loaded.tree, path), value) for path, value in wanted.items()), reverse=True)
    for mark, value in places:
        path = project.root / mark.file
        path.write_text(replaced(path.read_text(encoding="utf-8"), mark, value), encoding="utf-8")
        say(f"wrote {mark}: {value}")
    if places:
        project.load()
    say(f"{len(places)} edits brought back; look at them with `git diff` and `specola diff`, then propose them")


def _take_back(grafana: Client, project: Project, found: tuple[Drift, ...], say: Say) -> int:
    from compose.drift.grafana import restore

    for one in found:
        if one.kind == "extra":
            say(f"{one.uid} stays: nothing was rendered in its place")
            continue
        restore(grafana, project.build, one)
        say(f"{one.uid} is as rendered again")
    return PROBLEMS if any(one.kind == "extra" for one in found) else FINE
