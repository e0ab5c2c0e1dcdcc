"""After an edit of how a few services' alerts and objectives are tuned: only these services are read and rendered.

Tuning is not seen from afar (`spec.outline`), and what is not a service's own is checked and rendered from outlines
only. So all else is as it was, if nobody touched it; that the services are tuned, and not changed otherwise, the stamp
tells. In any doubt there is no short way: everything is read then, and every problem of the spec told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artefact import Artefact
from generator.kept import From, Ledger, made_from
from generator.of_service import of_service
from generator.rule_files import HASH_FILE
from generator.stamp import write
from generator.write import MANIFEST, Written, replace
from spec.load import load_alone, texts
from spec.names import ROOT_FILE
from spec.problem import SpecError
from spec.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.stamp import Look, Stamp

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
    of_all = ("", HASH_FILE, MANIFEST)
    services = tuple(name for name in stamp.made if name not in of_all)
    positions = {name: position for position, name in enumerate(services) if name in names}
    try:
        loaded = load_alone(root / ROOT_FILE, environment, settings, of_file.keys() - {*look.changed}, positions)
    except SpecError:
        return None
    sources = _sources(look, loaded.sources)
    source = made_from(loaded.tree, texts(loaded.tree), stamp.titles, positions)
    if sources is None or any(of_it[1:] != _source(stamp, name)[1:] for name, of_it in source.items()):
        return None
    new = {one.name for one in loaded.stack.services if source[one.name].inputs != stamp.made[one.name].inputs}
    made = {name: of_service(loaded.stack.alone(loaded.stack.by_name[name]), stamp.titles) for name in new}
    ledger = Ledger(str(build), {name: of_it for name, of_it in stamp.made.items() if name not in made})
    artefacts = tuple(ledger.through((name, made.get(name, ())) for name in ("", *services)))
    if any(tuple(ledger.paths[name]) != stamp.made[name].paths for name in new):
        return None
    changed = replace(build, (artefact for artefact in artefacts if isinstance(artefact, Artefact)))
    all_sources = {name: source.get(name) or _source(stamp, name) for name in services}
    files = {**ledger.made(all_sources), MANIFEST: stamp.made[MANIFEST]}
    write(build, stamp._replace(sources=sources, made=files))
    return Written(changed=changed, unchanged=stamp.files - len(changed))


def _source(stamp: Stamp, name: str) -> From:
    """What the service was made from at last."""
    made = stamp.made[name]
    return From(made.inputs, made.file, made.outline)


def _sources(look: Look, read: Sources) -> Sources | None:
    """All that the spec consists of by now; None when more of it was edited than the look has seen."""
    was = look.stamp.sources
    known = {path: seen for path, seen in read.files.items() if path not in look.changed}
    same = all(path in was.files and was.files[path].checksum == seen.checksum for path, seen in known.items())
    if not same or [glob[:3] for glob in read.globs] != [glob[:3] for glob in was.globs]:
        return None
    return Sources({**was.files, **read.files}, read.globs)
