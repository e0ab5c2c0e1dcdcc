"""`specola schema`: the JSON Schemas that editors complete and check the spec with, and the references for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE, PROBLEMS

if TYPE_CHECKING:
    import argparse

    from commands.project import Say


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", default="docs", help="where they are kept (docs)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not up to date")


def run(args: argparse.Namespace, say: Say) -> int:
    """Write the JSON Schemas, `spec-reference.md` and `checks.md`."""
    folder = Path(args.root) / args.folder
    stale = _stale(folder) if args.check else write(folder)
    for name in stale:
        say(f"{args.folder}/{name}: {'is not up to date; run `specola schema`' if args.check else 'written'}")
    return PROBLEMS if args.check and stale else FINE


def write(folder: Path) -> tuple[str, ...]:
    """Bring every generated document in this folder up to date; the names of those that were not."""
    stale = _stale(folder)
    for name, content in _documents():
        if name in stale:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return stale


def _stale(folder: Path) -> tuple[str, ...]:
    paths = ((folder / name, content) for name, content in _documents())
    return tuple(path.name for path, content in paths if not (path.exists() and path.read_bytes() == content))


def _documents() -> tuple[tuple[str, bytes], ...]:
    from generator.validate.checks import CHECKS
    from generator.validate.pages import FILE, document
    from spec.schema import documents

    return (*documents(), (FILE, document(CHECKS).encode()))
