"""What happens on `up`: the steps from a stack that runs as BASE says to one that runs as HEAD says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from compose.backend import Desired, Observed
from compose.plan import plan
from diff.change import Change
from diff.told import listed
from generator import alertmanager, alloy, blackbox, contract, grafana, loki, processes, prometheus, rule_files, units
from spec.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from diff.change import Sign
    from diff.shown import Dashboard

RENDERED = (
    prometheus.render, alertmanager.render, blackbox.render, loki.render, alloy.render, grafana.render,
)  # fmt: skip
"""The families of files that components read, save dashboards: those are compared before."""
OF_SERVICES = (rule_files.render, contract.render)
"""Those that have a file for each service."""
_SIGNS: dict[str, Sign] = {"starts": "+", "stops": "-"}
OTHER_START = "it is started otherwise"


@dataclass(frozen=True)
class Row:
    """A component of a runtime: what it is started with, and the files it reads, by what a change of them means."""

    name: str
    title: str
    start: str
    reload_files: tuple[str, ...]
    restart_files: tuple[str, ...]
    live_files: tuple[str, ...]
    after: tuple[str, ...]
    needs: tuple[str, ...]
    reloadable: bool


def up_changes(
    base: Stack, head: Stack, shown: tuple[Mapping[str, Dashboard], Mapping[str, Dashboard]], names: frozenset[str]
) -> Iterator[Change]:
    """The steps of both runtimes, told once where they agree; `names` are the services whose own files can differ."""
    old, new = _files(base, names), _files(head, names)
    runtimes: dict[tuple[str, str], list[str]] = {}
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for runtime, rows in (("natively", _native), ("with docker", _docker)):
        for component, what, why in _steps(rows(base), rows(head), old, new):
            runtimes.setdefault((component, what), []).append(runtime)
            reasons.setdefault((component, what), {}).update(dict.fromkeys(why))
    for (component, what), where in runtimes.items():
        only = f" ({where[0]} only)" if len(where) == 1 else ""
        because = f": {listed(reasons[component, what])}" if reasons[component, what] else ""
        yield Change("up", _SIGNS.get(what, "~"), component, f"{what}{only}{because}")
    if head.enabled("grafana") and base.enabled("grafana") and shown[0] != shown[1]:
        yield Change("up", "~", "grafana", "takes up by itself: changed dashboards")


def _files(stack: Stack, names: frozenset[str]) -> dict[str, bytes]:
    """What components read, without the files of services that are the same on both sides."""
    part = Stack(stack.spec, tuple(service for service in stack.services if service.name in names))
    made = (*(family(stack) for family in RENDERED), *(family(part) for family in OF_SERVICES))
    return {artefact.path: artefact.content for family in made for artefact in family}


def _native(stack: Stack) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=row["name"],
            title=row["title"],
            start=json.dumps([row["program"], row.get("args"), row.get("env"), _doors(stack, row.get("secrets", ()))]),
            reload_files=tuple(row.get("reload_files", ())),
            restart_files=tuple(row.get("restart_files", ())),
            live_files=tuple(row.get("live_files", ())),
            after=tuple(row.get("after", ())),
            needs=tuple(row.get("needs", ())),
            reloadable="reload" in row,
        )
        for row in processes.rows(stack)
    )


def _doors(stack: Stack, secrets: Iterable[str]) -> str:
    """What the web configuration says, which lies among the secrets of a process and is read when it starts."""
    access = stack.spec.access
    return repr((access.basic_auth, access.tls)) if any("-web" in name for name in secrets) else ""


def _docker(stack: Stack) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=unit.name,
            title=unit.title,
            start=repr(unit),
            reload_files=unit.reload_files,
            restart_files=unit.restart_files,
            live_files=unit.live_files,
            after=unit.after,
            needs=unit.needs,
            reloadable=unit.reload is not None,
        )
        for unit in units.units(stack)
    )


def _steps(
    base: tuple[Row, ...], head: tuple[Row, ...], old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> Iterator[tuple[str, str, list[str]]]:
    """Component, what happens to it, and why."""
    observed = [Observed(row.name, "running", "", *_hashes(row, old)) for row in base]
    wanted = [
        Desired(row.name, row.title, *_hashes(row, new), needs=row.needs, after=row.after, reloadable=row.reloadable)
        for row in head
    ]
    before, after = ({row.name: row for row in rows} for rows in (base, head))
    for step in plan(wanted, observed):
        if step.kind in ("start", "stop"):
            yield step.component, f"{step.kind}s", []
        elif step.kind != "keep":
            row = after[step.component]
            files = row.reload_files if step.kind == "reload" else (*row.restart_files, *row.reload_files)
            other = [OTHER_START] if row.start != before[row.name].start else []
            yield row.name, f"{step.kind}s", [*other, *_changed(files, old, new)]
    for row in head:
        live = _changed(row.live_files, old, new)
        if live:
            yield row.name, "takes up by itself", live


def _changed(names: Iterable[str], old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[str]:
    """The files that differ, each once whichever runtime it is for."""
    paths = [path for path in dict.fromkeys((*old, *new)) if old.get(path) != new.get(path) and _reads(names, path)]
    return list(dict.fromkeys(path.removeprefix("native/").removeprefix("docker/") for path in paths))


def _reads(names: Iterable[str], path: str) -> bool:
    return any(path.startswith(name) if name.endswith("/") else path == name for name in names)


def _hashes(row: Row, files: Mapping[str, bytes]) -> tuple[str, str]:
    def digest(names: tuple[str, ...], first: str = "") -> str:
        total = sha256(first.encode())
        for path in sorted(path for path in files if _reads(names, path)):
            total.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
        return total.hexdigest()

    return digest(row.restart_files, row.start), digest(row.reload_files)
