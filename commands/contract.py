"""`specola contract`: a contract against what a live target exposes, or the contract of a target that has none yet."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commands.project import FINE, PROBLEMS, Project
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from adopt.compare import Difference
    from commands.project import Say
    from spec.load import Loaded
    from spec.problem import Mark
    from spec.stack import Part


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "service", nargs="?", metavar="SERVICE", help="whose contract; without one, --against is written out"
    )
    parser.add_argument("--against", required=True, metavar="URL", help="the page of metrics of a live target")
    parser.add_argument("--exporter", metavar="NAME", help="an exporter of the service, instead of the service itself")
    parser.add_argument("--token-file", metavar="FILE", help="a file with the bearer token that the page asks for")
    parser.add_argument("--write", action="store_true", help="write the contract into a service file that has none yet")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: Namespace, say: Say) -> int:
    """Tell every difference; 1 when a promise is not kept. Without a contract to compare with, propose one."""
    from adopt.reading import reading, token_in

    token = token_in(args.token_file)
    if not args.service:
        say("\n".join(_proposed(args.against, token)))
        return FINE
    project = Project.of(args)
    loaded = project.load()
    part = _part(loaded, args.service, args.exporter or _asked(loaded, args.service, args.against))
    if not part.metrics:
        return _propose(project, loaded, args, token, say)
    if args.write:
        raise Trouble(f"{args.service} has a contract already", "compare without --write, and edit its file")
    from adopt.compare import compare

    differences = compare(part.metrics, reading(args.against, token, rates=False).families)
    if part.pack:
        differences = tuple(_named(one) for one in differences)
    places = [(_place(loaded, part, one), one) for one in differences]
    _tell(places, len(part.metrics), args.format, say)
    return PROBLEMS if any(one.grave for one in differences) else FINE


def _asked(loaded: Loaded, service: str, url: str) -> str:
    """The exporter of the service that is at this address, empty when it is none of them."""
    watched = loaded.stack.by_name.get(service)
    exporters = watched.spec.exporters if watched else ()
    address = urlsplit(url).netloc
    return next((one.name or one.pack for one in exporters if address in one.targets), "")


def _part(loaded: Loaded, service: str, exporter: str) -> Part:
    from spec.names import PARTS_WITHOUT_PROGRAM, nearest

    watched = loaded.stack.by_name.get(service)
    if watched is None:
        near = nearest(service, loaded.stack.by_name)
        raise Trouble(f"no service is called {service}", f"did you mean {near}?" if near else "")
    for part in watched.parts:
        if part.name == exporter:
            return part
    known = ", ".join(part.name for part in watched.parts if part.name not in ("", *PARTS_WITHOUT_PROGRAM))
    raise Trouble(f"{service} has no exporter {exporter}", f"known: {known or 'none'}")


def _proposed(url: str, token: str) -> list[str]:
    """The lines of a contract that a target keeps."""
    from adopt import text
    from adopt.conventions import excuses
    from adopt.metrics import propose
    from adopt.reading import reading

    proposal = propose(*reading(url, token))
    left_out = [f"# left out: {name}: {reason}" for name, reason in proposal.left_out]
    return ["metrics:", *text.metrics(proposal.metrics, excuses(proposal.metrics)), *left_out]


def _propose(project: Project, loaded: Loaded, args: Namespace, token: str, say: Say) -> int:
    lines = _proposed(args.against, token)
    if not args.write:
        say("\n".join(lines))
        return FINE
    from spec.locate import locate

    path = project.root / locate(loaded.tree, ("services", args.service, "service")).file
    before = path.read_text(encoding="utf-8")
    path.write_text(before.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    say(f"{path.relative_to(project.root)}: {sum(line.startswith('  ') and line[2] != ' ' for line in lines)} metrics")
    return FINE


def _named(difference: Difference) -> Difference:
    """The same with the metric in its words: a pack's metrics have no line of the spec."""
    where = ".".join(difference.path)
    return replace(difference, message=f"{where}: {difference.message}") if where else difference


def _place(loaded: Loaded, part: Part, difference: Difference) -> tuple[Mark, str]:
    """Where the metric is declared; what a pack declares stands where the spec names the pack."""
    from spec.locate import in_file

    at = part.origin if part.pack else (*part.origin, "metrics", *difference.path)
    return in_file(loaded.tree, at, key=True)


def _tell(places: list[tuple[tuple[Mark, str], Difference]], count: int, format_: str, say: Say) -> None:
    if format_ == "json":
        rows = [
            {
                "file": mark.file,
                "line": mark.line,
                "column": mark.column,
                "path": path,
                "message": one.message,
                "hint": one.hint,
                "level": "error" if one.grave else "note",
            }
            for (mark, path), one in places
        ]
        say(json.dumps({"metrics": count, "differences": rows}, indent=1))
        return
    for (mark, path), one in places:
        hint = f" ({one.hint})" if one.hint else ""
        say(f"{mark}: {path}: {'' if one.grave else 'note: '}{one.message}{hint}")
    grave = sum(one.grave for _, one in places)
    say(f"{count} declared metrics: {f'{grave} promises are not kept' if grave else 'all as declared'}")
