"""Command line of the simulator: `python -m compose.simulator --contracts DIR --logs DIR --control ADDRESS:PORT`.

SIGHUP reads the contracts again, SIGTERM and SIGINT end the program. It exits 1 when it cannot start.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from compose.simulator.control import control_listener
from compose.simulator.node import ContractError
from compose.simulator.reading import read_folder
from compose.simulator.server import PortTakenError
from compose.simulator.simulation import Simulation

if TYPE_CHECKING:
    from compose.simulator.contract import Contract

TICK = 0.5
"""Seconds between two looks at logs and faults."""


def main(arguments: list[str] | None = None) -> int:
    """Play until a signal ends it."""
    options = _parser().parse_args(arguments)
    address, port = options.control
    ended, again = Event(), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    signal.signal(signal.SIGHUP, lambda *_: again.set())
    simulation = Simulation(options.logs, time.time, _report)
    try:
        simulation.play(_contracts(options))
        control_listener(simulation, address, port).open()
    except (ContractError, PortTakenError) as error:
        _report(str(error))
        return 1
    _report(f"playing {', '.join(simulation.services)}")
    while not ended.wait(TICK):
        if again.is_set():
            again.clear()
            _read_again(simulation, options)
        simulation.tick()
    simulation.close()
    return 0


def _read_again(simulation: Simulation, options: argparse.Namespace) -> None:
    try:
        simulation.play(_contracts(options))
    except ContractError as error:
        _report(f"{error}; the contracts read before stay in force")
    else:
        _report(f"contracts read again: playing {', '.join(simulation.services)}")


def _contracts(options: argparse.Namespace) -> tuple[Contract, ...]:
    """The contracts to play, at another address than their own where that is asked for (in a container)."""
    found = read_folder(options.contracts, options.service)
    return tuple(replace(contract, listen=options.listen) for contract in found) if options.listen else found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="compose.simulator", description="Plays services from their contract files.")
    parser.add_argument("--contracts", type=Path, required=True, metavar="DIR", help="folder of the contract files")
    parser.add_argument(
        "--service", action="append", default=[], metavar="NAME", help="play only this one (repeatable)"
    )
    parser.add_argument("--logs", type=Path, required=True, metavar="DIR", help="folder of the log files")
    parser.add_argument("--listen", default="", metavar="ADDRESS", help="listen here, whatever the contracts say")
    parser.add_argument("--control", type=_endpoint, required=True, metavar="ADDRESS:PORT", help="for faults")
    return parser


def _endpoint(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not address or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not ADDRESS:PORT, such as 127.0.0.1:18100")
    return address.strip("[]"), int(port)


def _report(message: str) -> None:
    print(f"simulator: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
