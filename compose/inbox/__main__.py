"""Command line of the inbox: `python -m compose.inbox --listen ADDRESS:PORT --smtp ADDRESS:PORT --store FILE.jsonl`.

SIGTERM and SIGINT end the program. It exits 1 when it cannot start.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from threading import Event, Thread
from typing import Any

from compose.inbox.alarm import Alarm, Plan
from compose.inbox.receiver import Receiver
from compose.inbox.smtp import MailServer
from compose.inbox.store import Store

LOOK_EVERY = 5.0
"""Seconds between two looks at the heartbeat."""


class StartError(Exception):
    """Why the program cannot start."""


def main(arguments: list[str] | None = None) -> int:
    """Receive until a signal ends it."""
    options = _parser().parse_args(arguments)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        listening, alarm = _start(options)
    except StartError as error:
        _report(str(error))
        return 1
    _report(f"listening: {listening}")
    while not ended.wait(LOOK_EVERY):
        if alarm:
            alarm.look()
    return 0


def _start(options: argparse.Namespace) -> tuple[str, Alarm | None]:
    """Start both servers; where they listen, and who looks at the heartbeat."""
    token = _token(options.token_file) if options.token_file else None
    try:
        store = Store(options.store, time.time, _report)
    except OSError as error:
        raise StartError(f"{options.store}: cannot be read: {error.strerror}") from error
    plan = _plan(options.alarm) if options.alarm else None
    try:
        http = Receiver(options.listen, store, token, options.allow)
    except OSError as error:
        raise StartError(_taken(options.listen, "HTTP", error)) from error
    try:
        mail = MailServer(options.smtp, store)
    except OSError as error:
        http.server_close()
        raise StartError(_taken(options.smtp, "SMTP", error)) from error
    Thread(target=http.serve_forever, name="http", daemon=True).start()
    Thread(target=mail.serve_forever, name="smtp", daemon=True).start()
    alarm = Alarm(plan, store, time.time, _report) if plan else None
    return f"HTTP on {_shown(http.server_address)}, SMTP on {_shown(mail.server_address)}", alarm


def _taken(endpoint: tuple[str, int], purpose: str, error: OSError) -> str:
    return (
        f"port {endpoint[1]} on {endpoint[0]} ({purpose}) cannot be listened on: {error.strerror}; "
        "stop the program that holds it, or choose another port"
    )


def _plan(file: Path) -> Plan:
    try:
        return Plan.read(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartError(f"{file}: whom to alarm cannot be read from it: {error}") from error


def _token(file: Path) -> str:
    try:
        token = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: the token cannot be read from it: {error}") from error
    if not token:
        raise StartError(f"{file}: is empty, and should hold the token")
    return token


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="compose.inbox", description="Receives and keeps notifications.")
    parser.add_argument("--listen", type=_endpoint, required=True, metavar="ADDRESS:PORT", help="for HTTP")
    parser.add_argument("--smtp", type=_endpoint, required=True, metavar="ADDRESS:PORT", help="for mail")
    parser.add_argument("--store", type=Path, required=True, metavar="FILE", help="file of the messages, JSON lines")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="file of a token that HTTP clients must present"
    )
    parser.add_argument(
        "--alarm", type=Path, metavar="FILE", help="file that says whom to tell when the heartbeat stays away"
    )
    parser.add_argument(
        "--allow",
        type=ip_network,
        action="append",
        default=[],
        metavar="NETWORK",
        help="may post without a token, such as 172.16.0.0/12 (repeatable; this machine always may)",
    )
    return parser


def _endpoint(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not address or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not ADDRESS:PORT, such as 127.0.0.1:18090")
    return address.strip("[]"), int(port)


def _shown(endpoint: Any) -> str:
    return f"{endpoint[0]}:{endpoint[1]}"


def _report(message: str) -> None:
    print(f"inbox: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
