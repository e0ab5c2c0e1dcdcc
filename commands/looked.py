"""What is looked at before anything starts: all checks, or only whether the doors are shut."""

from __future__ import annotations

import tempfile
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commands.project import Project
    from generator.validate.report import Report
    from spec.load import Loaded

NO_TOOLS = "left out by --skip-tools"


def report(project: Project, loaded: Loaded, skip_tools: bool = False) -> Report:
    """All checks of the spec and of what is rendered from it, in a folder of their own.

    Raises Trouble when that folder cannot be filled.
    """
    from compose.fault import Trouble
    from compose.stage import programs
    from generator.validate.checks import look
    from generator.validate.layout import lay_out
    from generator.validate.work import Work
    from generator.write import WriteError

    tools, missing = _tools(project.root, programs(loaded.stack), skip_tools)
    artefacts = project.rendered(loaded)
    try:
        with tempfile.TemporaryDirectory(prefix="specola-check-", ignore_cleanup_errors=True) as folder:
            there = Path(folder)
            if tools:
                work = lay_out(loaded.stack, loaded.tree, project.root, there, artefacts, tools, missing)
            else:  # our own checks look at the artefacts themselves
                content = {one.path: one.content for one in artefacts}
                work = Work(loaded.stack, loaded.tree, project.root, there, content, {}, missing)
            return look(work, _texts(project, loaded))
    except (WriteError, OSError) as error:
        hint = "free some space for temporary files, or set TMPDIR to a folder that has it"
        raise Trouble(f"cannot lay out the files to be checked: {error}", hint) from error


def _tools(root: Path, named: dict[str, str], skip: bool) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The words that start each program, and of each other one how to get it."""
    import shutil

    from compose import tools
    from generator.validate.checks import TOOLS
    from generator.validate.compose_config import HOW

    found: dict[str, tuple[str, ...]] = {}
    missing: dict[str, str] = {}
    for name in TOOLS:
        path = shutil.which(name)
        if skip:
            missing[name] = NO_TOOLS
        elif name in tools.BY_NAME:
            try:
                place = tools.locate(name, root, named)
                found[name] = (str(place.path), *place.words)
            except tools.Missing as error:
                missing[name] = f"{error.message}; get it: {error.hint}"
        elif path:
            found[name] = (path,)
        else:
            missing[name] = f"{name} is not installed; get {HOW}"
    return found, missing


def shut_doors(project: Project, loaded: Loaded) -> None:
    """Raises SpecError where what lets everybody in would listen to others, and no excuse in the spec allows it."""
    from generator.lint.access import no_door
    from generator.validate.excuses import judge, read
    from generator.validate.work import Verdict, Work
    from spec.problem import SpecError

    work = Work(loaded.stack, loaded.tree, project.root, project.root, {})
    found = Verdict(no_door.ID, True, "", tuple(no_door.look(work)))
    if found.problems:
        (left,) = judge((found,), read(_texts(project, loaded)), (no_door.ID,)).verdicts
        if left.problems:
            raise SpecError(left.problems)


def _texts(project: Project, loaded: Loaded) -> dict[str, str]:
    """The files of the spec by the names that problems give them."""
    return {Path(relpath(path, project.root)).as_posix(): path.read_text(encoding="utf-8") for path in loaded.files}
