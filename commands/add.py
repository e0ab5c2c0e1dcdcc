"""`specola add service NAME --from URL`: a first service file, made from what the service exposes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from commands.project import FINE, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

    from adopt.service import Seen
    from commands.project import Say

FOLDER = "services"
EXCEPTION_DAYS = 90
"""How long a new service may lack what nobody can tell from outside."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=("service",), help="what to add")
    parser.add_argument("name", metavar="NAME", help="the service's name, such as shop-api")
    parser.add_argument("--from", dest="url", required=True, metavar="URL", help="its page of metrics")
    parser.add_argument("--owner", metavar="OWNER", help="who is told of its alerts (the stack's owner)")
    parser.add_argument("--title", metavar="TITLE", help="what people call it")
    parser.add_argument("--token-file", metavar="FILE", help="a file with the bearer token that the page asks for")
    parser.add_argument("--no-packs", action="store_true", help="do not use the packs of public exporters")
    parser.add_argument("--dry-run", action="store_true", help="print the file, write nothing")


def run(args: Namespace, say: Say) -> int:
    """Write `services/NAME.yaml`. Raises Trouble, and SpecError when the spec was not right before."""
    from adopt.service import file
    from spec.scalars import NAME

    if not NAME.fullmatch(args.name):
        raise Trouble(f"not a name: {args.name}", "small letters, digits, single - or _, starting with a letter")
    project = Project.of(args)
    seen = _look(args, _owner(project, args), (project.root / "docs" / "service.schema.json").is_file())
    content = file(seen)
    if args.dry_run:
        say(content.rstrip("\n"))
        return FINE
    path = project.root / FOLDER / f"{args.name}.yaml"
    _write(project, path, content)
    say(f"{path.relative_to(project.root)}: {_summary(seen)}")
    say(f"decide what is marked with '# decide:' ({content.count('# decide:')} places), then `specola check`")
    return FINE


def _owner(project: Project, args: Namespace) -> str:
    """Who is to own the service. Raises Trouble, and SpecError when the spec is not right but for having no service."""
    from spec.problem import SpecError

    try:
        stack = project.load().stack
    except SpecError as error:
        others = any((project.root / FOLDER).glob("*.yaml"))
        if others or any("no file matches" not in problem.message for problem in error.problems):
            raise
        return _first_owner(project, args)
    if args.name in stack.by_name:
        raise Trouble(f"there is a service {args.name} already", "choose another name, or edit its file")
    owner: str = args.owner or stack.spec.owner
    if owner not in stack.spec.owners:
        raise Trouble(f"no owner is called {owner}", f"known: {', '.join(stack.spec.owners)}")
    return owner


def _first_owner(project: Project, args: Namespace) -> str:
    """The owner where there is no service yet, so that the spec is not whole; what is written is checked later."""
    from spec.include import read_tree
    from spec.names import ROOT_FILE

    tree, *_ = read_tree(project.root / ROOT_FILE)
    return str(args.owner or tree.get("owner"))


def _look(args: Namespace, owner: str, schema: bool) -> Seen:
    from adopt import fetch
    from adopt.metrics import propose
    from adopt.packs import recognise
    from adopt.reading import reading, token_in
    from adopt.service import Seen

    token = token_in(args.token_file)
    families, at, before = reading(args.url, token)
    return Seen(
        name=args.name,
        owner=owner,
        url=args.url,
        proposal=propose(families, at, before),
        pack="" if args.no_packs else recognise({family.name for family in families}),
        health=fetch.health(args.url, token),
        until=(date.today() + timedelta(days=EXCEPTION_DAYS)).isoformat(),
        title=args.title or "",
        owner_decided=bool(args.owner),
        schema=schema,
    )


def _write(project: Project, path: Path, content: str) -> None:
    """Write the file; take it back when the spec with it is not right. Raises Trouble."""
    from spec.problem import SpecError

    path.parent.mkdir(exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(content)
    except FileExistsError:
        raise Trouble(f"{path} is there already", "choose another name, or edit the file") from None
    try:
        loaded = project.load()
    except SpecError as error:
        path.unlink()
        told = "\n".join(problem.text() for problem in error.problems)
        raise Trouble(f"what this target exposes makes no valid service:\n{told}", "please report it") from error
    if path.stem not in loaded.stack.by_name:
        raise Trouble(f"{path.name} is written, but the spec does not include it", f"add {FOLDER}/*.yaml to `include`")


def _summary(seen: Seen) -> str:
    if seen.pack:
        return f"a known exporter, watched by the pack {seen.pack}"
    left = f", {len(seen.proposal.left_out)} left out" if seen.proposal.left_out else ""
    return f"{len(seen.proposal.metrics)} metrics, {seen.proposal.series} series{left}"
