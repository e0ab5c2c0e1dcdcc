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
    from generator.validate.checks import CHECKS
    from generator.validate.pages import FILE, document
    from spec.schema import documents

    stale = []
    folder = Path(args.root) / args.folder
    for name, content in (*documents(), (FILE, document(CHECKS).encode())):
        path = folder / name
        if path.exists() and path.read_bytes() == content:
            continue
        stale.append(name)
        if not args.check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for name in stale:
        say(f"{args.folder}/{name}: {'is not up to date; run `specola schema`' if args.check else 'written'}")
    return PROBLEMS if args.check and stale else FINE
