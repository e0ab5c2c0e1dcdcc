"""Commands over a small project and a backend that notes what it is told to do."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import line
from compose import running, stage
from compose.backend import Desired, Observed, Progress, Step
from compose.docker_engine import Choice
from compose.fault import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

BASE = Path(__file__).parents[1] / "rejections" / "base"


def project_in(folder: Path) -> Path:
    """A small spec that is right, with the secret it refers to."""
    copy = Path(shutil.copytree(BASE, folder / "project"))
    (copy / "secrets").mkdir(mode=0o700)
    (copy / "secrets/chat").touch(mode=0o600)
    (copy / "secrets/chat").write_text("https://chat.example.org/hook")
    return copy


class Played:
    """A backend that notes what it is told to do."""

    name = "native"

    def __init__(self, *seen: Observed, desired: tuple[Desired, ...] = (), fails: str = "") -> None:
        self.seen, self.want, self.fails = seen, desired, fails
        self.done: list[str] = []
        self.log: Iterable[str] = ()

    def desired(self) -> tuple[Desired, ...]:
        return self.want

    def observe(self) -> tuple[Observed, ...]:
        if self.fails == "observe":
            raise Trouble("the table is not there")
        return self.seen

    def prepare(self, steps: tuple[Step, ...]) -> None:
        self.done.append("prepare")
        if self.fails == "prepare":
            raise Trouble("port 9090 is held by pid 1")

    def apply(self, step: Step) -> None:
        self.done.append(f"{step.kind} {step.component}")

    def wait(self, components: tuple[str, ...], seconds: float) -> Iterator[Progress]:
        self.done.append(f"wait {' '.join(components)}")
        if self.fails == "wait":
            raise Trouble("grafana: exited with code 1", "see the logs above")
        return iter([Progress(name, True, 0.1) for name in components])

    def logs(self, component: str, follow: bool, lines: int) -> Iterator[str]:
        return iter(self.log)

    def down(self, volumes: bool) -> None:
        self.done.append(f"down {volumes}")


def said(module: Any, *words: str) -> tuple[int, list[str]]:
    """What a command answers and says, through the command line's own parser."""
    told: list[str] = []
    args = line.parser(words[0]).parse_args(words)
    return module.run(args, told.append), told


REDIS, NODE, LOKI = (
    Desired("redis", "Redis", "r1"),
    Desired("node", "Node exporter", "n1", "x1", reloadable=True),
    Desired("loki", "Loki", "l1", missing="loki is not installed: download it"),
)


def at_hand(monkeypatch: pytest.MonkeyPatch) -> Played:
    """The backend of every command: Redis runs, the node exporter as it was before, Loki is not installed."""
    played = Played(
        Observed("redis", "running", "healthy", "r1"),
        Observed("node", "running", "healthy", "n1", "x0", address="http://127.0.0.1:9100"),
        Observed("loki", "absent"),
        desired=(REDIS, NODE, LOKI),
    )
    monkeypatch.setattr(stage, "backend", lambda *_: (played, Choice("native", "asked for")))
    monkeypatch.setattr(stage, "install", lambda *_: ())
    monkeypatch.setattr(running, "current", lambda *_: played)
    monkeypatch.setattr(running, "backends", lambda *_: (played,))
    return played
