"""The project as its stack was started: `up` notes `--environment` and `--set`, and what looks at the stack uses them.

The note holds until `down`. Whoever gives either option is believed, and told when the stack was started otherwise.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from commands.project import MEND, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

NOTE = "var/started.json"


def project(args: Namespace) -> Project:
    """The project of a command that looks at what runs. Raises Trouble without a spec, or when the note is damaged."""
    given = Project.of(args)
    started = noted(given.root)
    if started in (None, given):
        return given
    if given.options:
        compare(given)
        return given
    _tell(f"{words(started)}, as the stack was started")
    return started


def compare(given: Project) -> None:
    """Tell when the stack was started with other options than these."""
    started = noted(given.root)
    if started not in (None, given):
        _tell(f"the stack was started {words(started)}, and this is {words(given)}")


def noted(root: Path) -> Project | None:
    """The project as it was started; None when nothing was, or all is ended. Raises Trouble for a damaged note."""
    path = root / NOTE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    import json

    try:
        note = json.loads(content)
        return Project(root, str(note["environment"]), tuple(map(str, note["settings"])))
    except (ValueError, TypeError, KeyError) as error:
        why = f"{path} is damaged, which says how the stack was started"
        raise Trouble(why, "run `specola up` again, as it was started") from error


def note(started: Project) -> None:
    """Note how it is started now, where that is new. Raises Trouble when it cannot be written."""
    import json

    with suppress(Trouble):  # what is damaged is written anew
        if noted(started.root) == started:
            return
        compare(started)
    path = started.root / NOTE
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(exist_ok=True)
        draft.write_text(json.dumps({"environment": started.environment, "settings": started.settings}) + "\n")
        draft.replace(path)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}", MEND) from error


def forget(root: Path) -> None:
    """Nothing runs any more."""
    (root / NOTE).unlink(missing_ok=True)


def words(given: Project) -> str:
    """`with --environment production --set network.offset=10000`"""
    import shlex

    return f"with {shlex.join(given.options)}" if given.options else "without --environment and --set"


def _tell(text: str) -> None:
    print(f"specola: {text}", file=sys.stderr, flush=True)
