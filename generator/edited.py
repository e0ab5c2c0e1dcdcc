"""After an edit of how a few services' alerts and objectives are tuned: only these services are read and rendered.

Tuning is not seen from afar (`spec.outline`), and what is not a service's own is checked and rendered from outlines
only. So all else is as it was, if nobody touched it; that the services are tuned, and not changed otherwise, the stamp
tells. In any doubt there is no short way: everything is read then, and every problem of the spec told.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from generator.kept import From, made_from
from generator.of_service import of_service
from generator.rule_files import HASH_FILE, Checksum, apart
from generator.stamp import Made, left, write
from generator.write import MANIFEST, Written, replace
from spec.load import load_alone
from spec.names import ROOT_FILE
from spec.problem import SpecError
from spec.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from generator.stamp import Look, Stamp
    from spec.stack import Stack

MOST = 20
"""How many services are an edit: for more, reading all of them takes hardly longer."""


def edited(build: Path, look: Look, environment: str, settings: Sequence[str]) -> Written | None:
    """Make `build/` hold what a render would give. None, with nothing changed, where that takes the long way.

    Raises WriteError.
    """
    stamp, root = look.stamp, build.parent
    of_file = {f"{root}/{made.file}": name for name, made in stamp.made.items() if made.file}
    names = {of_file.get(path, "") for path in look.changed}
    if not names or "" in names or len(names) > MOST or not stamp.holds(build):
        return None
    services = (name for name in stamp.made if name not in ("", HASH_FILE, MANIFEST))
    positions = {name: position for position, name in enumerate(services) if name in names}
    others = {path: name for path, name in of_file.items() if name not in names}
    try:
        loaded = load_alone(root / ROOT_FILE, environment, settings, others, positions)
    except SpecError:
        return None
    sources = _sources(look, loaded.sources)
    source = made_from(loaded, stamp.titles, positions)
    if sources is None or any(of_it.outline != stamp.made[name].outline for name, of_it in source.items()):
        return None
    return _written(build, stamp._replace(sources=sources), loaded.stack, source)


def _written(build: Path, stamp: Stamp, stack: Stack, source: Mapping[str, From]) -> Written | None:
    """Write the files of these services and what follows from them; None when they are not the ones that are there."""
    new = {
        one.name: tuple(of_service(stack.alone(one), stamp.titles))
        for one in stack.services
        if source[one.name].inputs != stamp.made[one.name].inputs
    }
    if any(tuple(file.path for file in files) != stamp.made[name].paths for name, files in new.items()):
        return None
    checksum = Checksum()
    for name, made in stamp.made.items():
        for file in new.get(name, ()):
            checksum.count(file)
        for path, known in () if name in new else apart(made.paths, made.loaded):
            checksum.add(path, known)
    changed = replace(build, (*chain.from_iterable(new.values()), checksum.rule()))
    with suppress(OSError):
        write(build, stamp._replace(made={**stamp.made, **_remade(build, stamp, new, source, checksum)}))
    return Written(changed=changed, unchanged=stamp.files - len(changed))


def _remade(
    build: Path, stamp: Stamp, new: Iterable[str], source: Mapping[str, From], checksum: Checksum
) -> dict[str, Made]:
    """How the files that were written are left. Raises OSError when one is gone."""
    found = {HASH_FILE: Made.listed(str(build), HASH_FILE)}
    for name in new:
        paths = stamp.made[name].paths
        found[name] = Made(
            source[name].inputs, paths, left(str(build), paths), checksum.joined(paths), *source[name][1:]
        )
    return found


def _sources(look: Look, read: Sources) -> Sources | None:
    """All that the spec consists of by now; None when more of it was edited than the look has seen."""
    was = look.stamp.sources
    known = {path: seen for path, seen in read.files.items() if path not in look.changed}
    same = all(path in was.files and was.files[path].checksum == seen.checksum for path, seen in known.items())
    if not same or [glob[:3] for glob in read.globs] != [glob[:3] for glob in was.globs]:
        return None
    return Sources({**was.files, **read.files}, read.globs)
