"""The command line: parse, call one command, turn what went wrong into an exit code. Nothing else exits."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GARBAGE_AFTER = 100_000
"""How many objects are made between two looks for garbage: nearly all that a command makes it keeps to its end."""
FINE, PROBLEMS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE})
"""What a machine may refuse at any time."""
COMMANDS = (
    ("init", "make a new project: a spec that works, CI and a README"),
    ("add", "make a first service file from what a service exposes"),
    ("render", "render the spec into build/"),
    ("check", "render, and let the real tools look at the result"),
    ("test", "prove every alert and every route offline"),
    ("diff", "what a change of the spec means: who gets paged, what is seen, watched, paid, restarted"),
    ("contract", "hold a contract against a live target"),
    ("schema", "write the JSON Schemas and the spec reference"),
    ("codeowners", "write who reviews which file, from the owners of the spec"),
    ("comment", "in a GitHub workflow: one comment on the pull request, edited in place"),
    ("setup", "bring the programs that are missing, into .tools/"),
    ("up", "start the stack, or bring it up to date"),
    ("down", "end the stack; data stays"),
    ("status", "what runs, since when, and how it is"),
    ("smoke", "prove that the running stack works"),
    ("pictures", "take a picture of every dashboard of the running stack"),
    ("drift", "compare what Grafana serves with what was rendered"),
    ("drill", "let every alert fire for real, and see who is told"),
    ("simulate", "bring a fault about in the simulator"),
    ("report", "sum up usage, errors, jobs, objectives, alerts and capacity of a time"),
    ("logs", "search, export and sum up logs, or follow the output of a component"),
    ("clean-tools", "remove .tools/"),
)
"""Every command and what it does; the module of the same name in `commands` has its arguments."""


def main(words: Sequence[str]) -> int:
    """Run one command. Exit codes: 0 fine, 1 problems, 2 wrong usage, 3 a bug of ours, 130 interrupted."""
    gc.set_threshold(GARBAGE_AFTER)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes a tenth of a short command
    _end_on_terminate()
    try:
        reader = parser(words[0] if words else "")
        args = reader.parse_args(words)
        if not args.command:
            reader.print_help()
            return USAGE
        return _run(args)
    except KeyboardInterrupt:
        _complain("interrupted; run the same command again to go on")
        return INTERRUPTED


def _end_on_terminate() -> None:
    """SIGTERM ends a command as Ctrl-C does, with everything it holds put back."""
    with suppress(ValueError):  # Python lets only the main thread say so
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def parser(chosen: str) -> argparse.ArgumentParser:
    """Only the chosen command's module is imported: a command pays for what it uses."""
    reader = argparse.ArgumentParser(
        prog="specola", description="One spec in, a running and proven monitoring stack out."
    )
    reader.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = reader.add_subparsers(dest="command", metavar="COMMAND")
    common = _common()
    for name, description in [one for one in COMMANDS if one[0] == chosen] or COMMANDS:
        command = commands.add_parser(
            name, help=description, description=f"{description[0].upper()}{description[1:]}.", parents=[common]
        )
        if name == chosen:
            import_module(_module(name)).arguments(command)
    return reader


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--root", default=".", metavar="DIR", help="the project's folder (.)")
    common.add_argument("--environment", "-e", metavar="NAME", help="which overlay to lay over the spec")
    common.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="change one value, such as network.offset=10000"
    )
    return common


def _module(command: str) -> str:
    return f"commands.{command.replace('-', '_')}"


class _Version(argparse.Action):
    """Looks the version up only when somebody asks for it: that takes as long as the rest of the start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        _say(_version())
        parser.exit()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"specola {version('specola')}"
    except PackageNotFoundError:
        return "specola (not installed)"


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(args: argparse.Namespace) -> int:
    try:
        code: int = import_module(_module(args.command)).run(args, _say)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        return _outside(error)
    except Exception as error:
        return _explained(error)
    return code


def _explained(error: Exception) -> int:
    """Problems of the spec and trouble while running in words of their own; anything else is a bug."""
    from compose.fault import Misuse, Trouble
    from spec.problem import SpecError

    if isinstance(error, SpecError):
        for problem in error.problems:
            _complain(problem.text())
        errors = sum(problem.level == "error" for problem in error.problems)
        _complain(f"{errors} problem{'s' if errors != 1 else ''} in the spec; nothing was changed")
        return PROBLEMS
    if isinstance(error, Trouble):
        _complain(f"specola: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
        return USAGE if isinstance(error, Misuse) else PROBLEMS
    return _bug(error)


def _outside(error: OSError) -> int:
    """What the machine refuses, such as a full disk or a folder that may not be written, is no bug of ours."""
    if error.errno not in REFUSED:
        return _bug(error)
    where = f"{error.filename}: " if error.filename else ""
    _complain(f"specola: {where}{error.strerror}\n  mend that, then run the same command again")
    return PROBLEMS


def _bug(error: Exception) -> int:
    import traceback

    _complain(f"specola: a bug of ours: {type(error).__name__}: {error}")
    if os.environ.get("SPECOLA_DEBUG"):
        traceback.print_exception(error)
    else:
        _complain("  set SPECOLA_DEBUG=1 to see where; please report it with the spec that shows it")
    return BUG
