"""`specola init`: a spec that works, CI and a README, in an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commands.project import FINE
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from commands.project import Say


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="the stack's name (that of the folder)")
    parser.add_argument("--owner", default="team", metavar="OWNER", help="who owns it (team)")


def run(args: Namespace, say: Say) -> int:
    """Write the files; none that is there already is touched. Raises Trouble."""
    from adopt.project import project
    from spec.scalars import NAME

    root = Path(args.root).resolve()
    name = args.name or _named_after(root)
    for what, given in (("name", name), ("owner", args.owner)):
        if not NAME.fullmatch(given):
            raise Trouble(f"not a {what}: {given}", "small letters, digits, single - or _, starting with a letter")
    files = project(name, args.owner)
    taken = [path for path, _ in files if (root / path).exists()]
    if taken:
        raise Trouble(f"already there: {', '.join(taken)}", "begin in an empty folder, or move them away")
    for path, content in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
        say(f"wrote {path}")
    _documents(root, say)
    say("\nnext: specola setup && specola up && specola smoke; then take in a service: specola add service --help")
    return FINE


def _named_after(root: Path) -> str:
    """The folder's name, as far as a stack can be called so."""
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in root.name.lower())
    return "-".join(part for part in letters.split("-") if part).lstrip("0123456789-") or "monitoring"


def _documents(root: Path, say: Say) -> None:
    """The schemas that editors complete with, the reference, and who reviews what."""
    from adopt.codeowners import codeowners
    from commands import schema
    from commands.codeowners import FILE
    from commands.project import Project

    schema.write(root / "docs")
    say("wrote docs/: schemas for editors, the reference of the spec and of its checks")
    owners = root / FILE
    if not owners.exists():
        owners.write_text(codeowners(Project(root).load()), encoding="utf-8")
        say(f"wrote {FILE}")
