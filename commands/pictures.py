"""`specola pictures`: every dashboard of the running stack in a headless browser, what is wrong there; a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import as_started
from commands.project import FINE, PROBLEMS
from compose.fault import Trouble

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from commands.project import Project, Say
    from compose.clients import Client
    from spec.stack import Stack

FOLDER = "var/pictures"
WIDTH = 1280
HOW = "Debian: chromium, chromium-driver; or Chrome with its driver"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("uids", nargs="*", metavar="UID", help="only these dashboards")
    parser.add_argument("--out", metavar="DIR", help=f"the folder for the pictures ({FOLDER})")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--width", type=int, default=WIDTH, metavar="PIXELS", help=f"of the page ({WIDTH})")
    parser.add_argument("--screen", action="store_true", help="the first screen only, without opening rows")
    parser.add_argument("--since", default="", metavar="TIME", help="show this time, such as now-1h")
    parser.add_argument("--runtime", choices=("auto", "docker", "native"), default="auto")


def run(args: Namespace, say: Say) -> int:
    """A picture of each dashboard, as UID.png. Exit 1 when one has a fault, or when no picture can be taken."""
    from compose.clients import UnreachableError
    from compose.pictures.driver import BrowserError, browsing, lacking
    from compose.pictures.seen import log_in, look

    project = as_started.project(args)
    stack = project.load().stack
    grafana, silent = _grafana(project, stack, args.runtime, say)
    if missing := lacking():
        raise Trouble(f"no picture without {' and '.join(missing)}", HOW)
    boards, folder, faults = tuple(_boards(project, args.uids)), Path(args.out or project.root / FOLDER), 0
    try:
        with browsing() as browser:
            log_in(browser, grafana.url, grafana.user, grafana.password)
            for board in boards:
                seen = look(
                    browser, grafana.url, board, folder / f"{board['uid']}.png", width=args.width, theme=args.theme,
                    silent=silent, whole=not args.screen, since=args.since,
                )  # fmt: skip
                say(f"{board['uid']}: {seen.seconds:.1f} s")
                for fault in (*seen.faults, *(f"the title is cut: {title}" for title in seen.cut)):
                    say(f"  {fault}")
                faults += bool(seen.faults)
    except (BrowserError, UnreachableError) as error:
        raise Trouble(f"no picture: {error}", "`specola status` shows what runs") from error
    say(f"{len(boards)} pictures in {folder}, {faults} of them with faults")
    return PROBLEMS if faults else FINE


def _grafana(project: Project, stack: Stack, runtime: str, say: Say) -> tuple[Client, frozenset[str]]:
    """The Grafana that runs, and the data sources that have nothing to say. Raises Trouble when it does not run."""
    from compose.clients import Clients
    from compose.running import current
    from spec.names import LOKI_UID

    backend = current(project.root, runtime, say)
    running = {seen.name for seen in backend.observe() if seen.state == "running"}
    if "grafana" not in running:
        why = next((want.missing for want in backend.desired() if want.name == "grafana"), "")
        raise Trouble("no picture: Grafana does not run here", why or "`specola up` starts it")
    silent = frozenset() if {"loki", "alloy"} <= running else frozenset({LOKI_UID})
    return Clients(stack, project.root).grafana, silent


def _boards(project: Project, uids: list[str]) -> Iterator[dict[str, Any]]:
    """The rendered dashboards, all or those that are named. Raises Trouble for a name that there is not."""
    from spec.names import nearest

    files = {path.stem: path for path in sorted((project.build / "dashboards").rglob("*.json"))}
    for uid in uids:
        if uid not in files:
            best = nearest(uid, files)
            raise Trouble(
                f"no dashboard has the uid {uid}", f"did you mean {best}?" if best else "see build/dashboards"
            )
    yield from (json.loads(files[uid].read_bytes()) for uid in uids or files)
