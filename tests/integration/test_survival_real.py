"""Nothing is lost: numbered lines are written while files rotate and programs die; written and found are compared.

A line that is sent twice has the same time, labels and text, and Loki shows it once: found lines are counted as Loki
gives them, with no help.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from compose.programs import RESUME
from generator import alloy, loki
from tests.integration.observed import ask, need, until, write
from tests.integration.test_loki_real import environment
from tests.offsets import free_offset
from tests.unit.small_stack import SHOP, small_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.alloy, pytest.mark.loki, pytest.mark.slow]
PAUSE = 0.003
"""Seconds between two lines."""


PLACES_SAVED = 11
"""Seconds until Alloy has written down where it is in a new file."""


class Program:
    """A program that is started, killed and started again."""

    def __init__(self, command: list[str], env: dict[str, str], folder: Path, ready: str) -> None:
        self.command, self.env, self.folder, self.ready = command, env, folder, ready
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command, env={**os.environ, **self.env}, cwd=self.folder, stdout=output, stderr=output,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        if wait:
            until(lambda: ask(self.ready).status == 200, 90)

    def kill(self) -> None:
        """As the kernel does when memory runs out: at once, with nothing saved."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()


class Writer(threading.Thread):
    """A service that writes numbered lines; its file is rotated by renaming it when somebody asks for it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.count = path, 0
        self.ended, self.asked = threading.Event(), threading.Event()
        path.parent.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        while not self.ended.is_set():
            with self.path.open("a") as file:
                file.write(self.line() + "\n")
            self.count += 1
            if self.asked.is_set():
                self._rotate()
                self.asked.clear()
            time.sleep(PAUSE)

    def line(self) -> str:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps({"timestamp": now, "level": "INFO", "category": "order", "message": f"line {self.count}"})

    def rotate(self) -> None:
        self.asked.set()
        until(lambda: not self.asked.is_set())

    def _rotate(self) -> None:
        for number in (2, 1, 0):
            newer = self.path.with_name(f"{self.path.name}.{number}") if number else self.path
            if newer.exists():
                newer.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))

    def end(self) -> int:
        self.ended.set()
        self.join()
        return self.count


class Chain:
    """A service's file, the agent and the store."""

    def __init__(self, root: Path, services: dict[str, Any]) -> None:
        self.stack = small_stack(
            services=services, network={"offset": free_offset()}, simulation={"enabled": True}, environment="test"
        )  # fmt: skip
        write((*alloy.render(self.stack), *loki.render(self.stack)), root / "build")
        self.logs = root / "logs"
        self.url = f"http://127.0.0.1:{self.stack.port('loki')}"
        port = self.stack.port("alloy")
        self.agent = Program(
            [
                "bash", str(RESUME), f"{root}/data/alloy",
                *need("alloy"), "run", f"{root}/build/native/alloy/config.alloy", f"--storage.path={root}/data/alloy",
                f"--server.http.listen-addr=127.0.0.1:{port}", *alloy.FLAGS,
            ],
            {
                "SPECOLA_LOGS": str(self.logs), "SPECOLA_COMPONENT_LOGS": str(root / "log"),
                "SPECOLA_MISSED_LOGS": str(root / "data/alloy/missed"),
            },
            root / "data/alloy",
            f"http://127.0.0.1:{port}/-/ready",
        )  # fmt: skip
        store = [*need("loki"), f"-config.file={root}/build/native/loki/loki.yml", "-config.expand-env=true"]
        self.store = Program(store, environment(root), root / "data/loki", f"{self.url}/ready")

    def found(self, service: str = "shop") -> list[int]:
        """The numbers of all lines that Loki gives, page by page."""
        from compose.clients import Client
        from compose.logs.entry import Span
        from compose.logs.pages import Reader

        now = time.time_ns()
        span = Span(now - 3600 * 10**9, now + 60 * 10**9)
        reader = Reader(Client("loki", self.url), f'{{service="{service}"}} |= "line "', span)
        entries = [entry for page in reader.pages() for entry in page.entries]
        return [int(json.loads(entry.line)["message"].split()[1]) for entry in entries]

    def settled(self, written: int) -> list[int]:
        """What is found when all is, or when a minute brings nothing new."""
        deadline, before = time.monotonic() + 60, -1
        while True:
            numbers = self.found()
            if len(set(numbers)) >= written or time.monotonic() > deadline:
                return numbers
            if len(numbers) != before:
                deadline, before = time.monotonic() + 60, len(numbers)
            time.sleep(1)


@contextmanager
def chain(root: Path) -> Iterator[Chain]:
    found = Chain(root, {"shop": SHOP})
    try:
        found.store.start()
        found.agent.start()
        yield found
    finally:
        found.agent.stop()
        found.store.stop()


def compared(way: Chain, writer: Writer, fault: str) -> None:
    written = writer.end()
    numbers = way.settled(written)
    lost = sorted(set(range(written)) - set(numbers))
    print(
        f"{fault}: {written} written, {len(numbers)} found, {len(lost)} lost, {len(numbers) - len(set(numbers))} twice"
    )
    assert lost == []
    assert len(numbers) == written


def rotation(way: Chain, writer: Writer) -> None:
    for _ in range(4):
        time.sleep(3)
        writer.rotate()
    time.sleep(2)


def agent_killed(way: Chain, writer: Writer) -> None:
    """Its files are rotated while it is away, once, twice, and not at all."""
    time.sleep(PLACES_SAVED)
    for rotations in (1, 2, 0):
        time.sleep(3)
        way.agent.kill()
        for _ in range(rotations):
            time.sleep(1)
            writer.rotate()
        time.sleep(1)
        way.agent.start()


def agent_stopped(way: Chain, writer: Writer) -> None:
    for rotations in (0, 1):
        time.sleep(3)
        way.agent.stop()
        for _ in range(rotations):
            time.sleep(1)
            writer.rotate()
        time.sleep(1)
        way.agent.start()


def store_killed(way: Chain, writer: Writer) -> None:
    for _ in range(2):
        time.sleep(4)
        way.store.kill()
        time.sleep(2)
        writer.rotate()
        time.sleep(3)
        way.store.start()


def both_killed(way: Chain, writer: Writer) -> None:
    """The store is away, lines pile up in the agent's memory, and then it dies, too; meanwhile files are rotated."""
    time.sleep(PLACES_SAVED)
    way.store.kill()
    time.sleep(6)
    writer.rotate()
    time.sleep(6)
    way.agent.kill()
    time.sleep(1)
    writer.rotate()
    time.sleep(1)
    way.agent.start()
    time.sleep(2)
    way.store.start()


@pytest.mark.parametrize("fault", [rotation, agent_killed, agent_stopped, store_killed, both_killed])
def test_every_line_that_was_written_is_found_once(fault: Callable[[Chain, Writer], None], tmp_path: Path) -> None:
    with chain(tmp_path) as way:
        writer = Writer(way.logs / "shop/shop.log")
        writer.start()
        try:
            fault(way, writer)
            time.sleep(4)
        finally:
            written = writer.end()
        numbers = way.settled(written)
    lost = sorted(set(range(written)) - set(numbers))
    twice = len(numbers) - len(set(numbers))
    print(f"{fault.__name__}: {written} written, {len(numbers)} found, {len(lost)} lost, {twice} twice")
    assert (lost, twice) == ([], 0)
