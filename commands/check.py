"""`specola check`: our own checks and the real tools look at what would be rendered, and name the lines to blame."""

from __future__ import annotations

import tempfile
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS, Project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say
    from generator.validate.report import Report
    from spec.load import Loaded

USAGE = 2
NO_TOOLS = "left out by --skip-tools"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    parser.add_argument("--skip-tools", action="store_true", help="only our own checks, without any other program")
    parser.add_argument("--explain", metavar="ID", nargs="?", const="", help="what a check looks for; without ID, all")


def run(args: Namespace, say: Say) -> int:
    """Check the spec and what is rendered from it; `build/` is not touched. Exit 1 when there is an error."""
    if args.explain is not None:
        return _explain(args.explain, say)
    from generator.validate.report import FORMATS, of_problems
    from spec.problem import SpecError

    project = Project.of(args)
    try:
        loaded = project.load()
    except SpecError as error:
        if args.format == "text":
            raise
        say(FORMATS[args.format](of_problems(error.problems)))
        return PROBLEMS
    report = _report(project, loaded, args.skip_tools)
    say(FORMATS[args.format](report))
    return PROBLEMS if report.errors else FINE


def _explain(name: str, say: Say) -> int:
    from generator.validate.checks import CHECKS
    from generator.validate.pages import explain, listing, unknown

    page = explain(name, CHECKS) if name else listing(CHECKS)
    say(page or unknown(name, CHECKS))
    return FINE if page else USAGE


def _report(project: Project, loaded: Loaded, skip_tools: bool) -> Report:
    from compose.fault import Trouble
    from compose.stage import programs
    from generator.validate.checks import look
    from generator.validate.layout import lay_out
    from generator.validate.work import Work
    from generator.write import WriteError

    tools, missing = _tools(project.root, programs(loaded.stack), skip_tools)
    artefacts = project.rendered(loaded)
    texts = {Path(relpath(path, project.root)).as_posix(): path.read_text(encoding="utf-8") for path in loaded.files}
    try:
        with tempfile.TemporaryDirectory(prefix="specola-check-", ignore_cleanup_errors=True) as folder:
            there = Path(folder)
            if not tools:  # our own checks look at the artefacts themselves
                content = {one.path: one.content for one in artefacts}
                return look(Work(loaded.stack, loaded.tree, project.root, there, content, {}, missing), texts)
            return look(lay_out(loaded.stack, loaded.tree, project.root, there, artefacts, tools, missing), texts)
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
