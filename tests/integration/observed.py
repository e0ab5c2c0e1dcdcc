"""What the tests with a real Loki, Alloy or Grafana share: a folder with rendered files, free ports, programs that end."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from compose import tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from generator.artefact import Artefact

REPOSITORY = Path(__file__).parents[2]
STARTING_SECONDS = 60
STOPPING_SECONDS = 30


def need(name: str) -> list[str]:
    """The command of a program, or a skip that says how to get it."""
    try:
        found = tools.locate(name, REPOSITORY)
    except tools.Missing as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    return [str(found.path), *found.words]


def write(artefacts: Iterable[Artefact], build: Path) -> None:
    """Lay rendered files where the programs look for them."""
    for artefact in artefacts:
        path = build / artefact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artefact.content)


@contextmanager
def running(command: list[str], env: Mapping[str, str], folder: Path, ready: str) -> Iterator[Path]:
    """A program that answers 200 at `ready`; gives the file with what it prints, and ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "output.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            env={**os.environ, **env},
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        deadline = time.monotonic() + STARTING_SECONDS
        while ask(ready).status != 200:
            said = output.read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"ended with {process.returncode}: {said}"
            assert time.monotonic() < deadline, f"not ready: {said}"
            time.sleep(0.1)
        yield output
    finally:
        process.terminate()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Answer:
    """Status 0: nobody answered."""

    status: int
    text: str = ""

    @property
    def data(self) -> Any:
        return json.loads(self.text)


def ask(url: str, user: str = "", body: object = None, **query: str) -> Answer:
    """GET, or POST of JSON when there is a body; `user` is `name:password`."""
    import base64

    request = Request(url + ("?" + urlencode(query) if query else ""))
    if user:
        request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=10) as response:
            return Answer(response.status, response.read().decode())
    except URLError as error:
        code = getattr(error, "code", 0)
        return Answer(code, error.read().decode() if code and hasattr(error, "read") else "")
    except OSError:
        return Answer(0)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that comes by itself."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
