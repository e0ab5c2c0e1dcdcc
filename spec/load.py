"""From the files of the spec to the resolved stack, or every problem of all of them at once."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spec.include import Read, read_tree, without_collection
from spec.overlay import from_settings, merge
from spec.problem import Problem, SpecError
from spec.prune import prune
from spec.references import check, check_alone
from spec.resolve import resolve, resolve_alone
from spec.sources import FileMark, Seen, Sources, checksum
from spec.validate import validate
from spec.yaml_tree import Map, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from spec.stack import Stack


@dataclass(frozen=True)
class Loaded:
    """The stack, the tree it came from (for positions), the files read, and what they held."""

    stack: Stack
    tree: Map
    files: tuple[Path, ...]
    sources: Sources


def load(root: Path, environment: str = "", settings: Sequence[str] = ()) -> Loaded:
    """The spec whose root file is `root`, with the environment's overlay and then `settings` (KEY=VALUE) laid over it.

    Raises SpecError with every problem found.
    """
    with without_collection():
        loaded = _load(root, environment, settings)
        gc.freeze()  # it is all kept: no look for garbage need go through it, neither the next one nor any later
    return loaded


def load_alone(
    root: Path, environment: str, settings: Sequence[str], others: Mapping[str, str], positions: Mapping[str, int]
) -> Loaded:
    """The spec as `load` gives it, with only the services whose positions among all are given.

    `others` are the files of the others, with their names. They must be fine, and so must what these services are from
    afar (`spec.outline`). Raises SpecError with what was found, which need not be all, nor be true of the whole.
    """
    with without_collection():
        tree, found, files, sources = _read(root, environment, settings, others)
        spec, more = validate(tree)
        problems = (*found, *more, *(check_alone(spec, tree) if spec is not None else ()))
        if spec is None or problems or spec.services.keys() != positions.keys():
            raise SpecError(problems)
        return Loaded(resolve_alone(spec, positions), tree, files, sources)


def _load(root: Path, environment: str, settings: Sequence[str]) -> Loaded:
    tree, problems, files, sources = _read(root, environment, settings, {})
    spec, more = validate(tree)
    problems = (*problems, *more, *(check(spec, tree) if spec is not None else _behind(tree, more)))
    if spec is None or any(problem.level == "error" for problem in problems):
        raise SpecError(problems)
    return Loaded(resolve(spec), tree, files, sources)


def _read(root: Path, environment: str, settings: Sequence[str], others: Mapping[str, str]) -> Read:
    """The tree with everything laid over it. Raises SpecError when it is not worth a closer look."""
    tree, problems, files, sources = read_tree(root, others.keys())
    if any(not problem.path for problem in problems):
        raise SpecError(problems)
    tree, more, overlays = _overlaid(tree, root.parent, environment, settings, {*others.values()})
    read = Sources({**sources.files, **overlays}, sources.globs)
    return Read(tree, (*problems, *more), (*files, *map(Path, overlays)), read)


def _overlaid(
    tree: Map, folder: Path, environment: str, settings: Sequence[str], others: AbstractSet[str]
) -> tuple[Map, tuple[Problem, ...], dict[str, Seen]]:
    """The tree with the environment's overlay and the settings laid over it; the overlay's file as it was read.

    What they say of `others` is left out.
    """
    given, problems = from_settings([*([f"environment={environment}"] if environment else []), *settings])
    given = _without(given, others)
    wanted = str(given.get("environment") or tree.get("environment") or "development")
    overlays = tree.get("overlays")
    name = overlays.get(wanted) if isinstance(overlays, dict) else None
    files: dict[str, Seen] = {}
    if isinstance(name, str) and not _leads_outside(name):
        path = folder / name
        overlay, more, files = _read_overlay(path, name, tree, wanted)
        problems = (*problems, *more)
        if overlay is not None:
            tree, more = merge(tree, _without(overlay, others))
            problems = (*problems, *more)
    elif environment and isinstance(overlays, dict) and overlays:
        known = ", ".join(map(str, overlays))
        problems = (
            *problems,
            _at(tree, ("overlays",), f"no overlay for environment {environment!r}", f"known: {known}"),
        )
    tree, more = merge(tree, given)
    return tree, (*problems, *more), files


def _without(overlay: Map, services: AbstractSet[str]) -> Map:
    """The overlay as if it did not name these services."""
    named = overlay.get("services")
    if not isinstance(named, Map) or not services & named.keys():
        return overlay
    rest, less = named.copy(), overlay.copy()
    for name in services & named.keys():
        rest.drop(name)
    less.put("services", rest, overlay.marks["services"])
    return less


def _leads_outside(name: str) -> bool:
    """Whether a file is not below the root's folder; the types say so too, but only after it would have been read."""
    return name.startswith(("/", "~")) or ".." in name.split("/")


def _read_overlay(
    path: Path, name: str, tree: Map, environment: str
) -> tuple[Map | None, tuple[Problem, ...], dict[str, Seen]]:
    try:
        mark = FileMark.of(path)
        content = path.read_bytes()
        return *parse(content, name), {str(path): Seen(checksum(content), mark.settled())}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return None, (_at(tree, ("overlays", environment), f"cannot read {name!r}: {reason}", ""),), {}


def _at(tree: Map, path: tuple[str | int, ...], message: str, hint: str) -> Problem:
    from spec.locate import in_file

    mark, text = in_file(tree, path)
    return Problem(mark, text, message, hint)


def _behind(tree: Map, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems of references in what is left of the tree without its invalid parts, so that one run shows all."""
    rest, gone = prune(tree)
    spec, more = validate(rest)
    if spec is None:
        return ()
    known = {(problem.mark.file, problem.mark.line) for problem in (*problems, *more)}
    return tuple(
        problem
        for problem in check(spec, rest)
        if (problem.mark.file, problem.mark.line) not in known
        and not any(f"'{name}'" in problem.message for name in gone)
    )


def texts(tree: Map) -> dict[str, str]:
    """What the spec says of each service, and under an empty name what it says of none: equal where nothing differs."""
    services = tree["services"]
    rest = {key: value for key, value in tree.items() if key != "services"}
    own = services.items() if isinstance(services, dict) else ()
    return {"": repr(rest), **{name: repr(service) for name, service in own}}
