"""What is laid over the files of the spec: the overlay of the environment, and what the command line sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spec.overlay import from_settings, merge
from spec.problem import Problem
from spec.sources import FileMark, Seen, checksum
from spec.yaml_tree import Map, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path


class Laid(NamedTuple):
    """The tree, the problems of what was laid over it, the overlay's file as it was read, and whom it names."""

    tree: Map
    problems: tuple[Problem, ...]
    files: dict[str, Seen]
    services: frozenset[str]
    """The services of which something was said."""


def laid_over(tree: Map, folder: Path, environment: str, settings: Sequence[str], others: AbstractSet[str]) -> Laid:
    """The tree with the environment's overlay and the settings laid over it; the overlay's file as it was read.

    What they say of `others` is left out.
    """
    given, problems = from_settings([*([f"environment={environment}"] if environment else []), *settings])
    named = _named(given)
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
            named |= _named(overlay)
            tree, more = merge(tree, _without(overlay, others))
            problems = (*problems, *more)
    elif environment and isinstance(overlays, dict) and overlays:
        known = ", ".join(map(str, overlays))
        problems = (
            *problems,
            _at(tree, ("overlays",), f"no overlay for environment {environment!r}", f"known: {known}"),
        )
    tree, more = merge(tree, given)
    return Laid(tree, (*problems, *more), files, named)


def _named(overlay: Map) -> frozenset[str]:
    """The services that an overlay says something of."""
    services = overlay.get("services")
    return frozenset(services) if isinstance(services, Map) else frozenset()


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
