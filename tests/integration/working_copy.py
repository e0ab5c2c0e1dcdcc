"""A project of its own in a temporary folder, and the command at work on it as people run it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compose import tools
from compose.record import Record, read_all
from compose.table import Folders
from tests.offsets import free_offset

if TYPE_CHECKING:
    from compose.process import Identity

REPOSITORY = Path(__file__).parents[2]
WHOLE = ("components.loki.enabled=false", "components.alloy.enabled=false", "components.grafana.enabled=false")
"""What needs no program but Debian's: the whole stack except logs and Grafana."""
DEBIANS = ("prometheus", "alertmanager", "node_exporter", "blackbox_exporter", "redis-server", "redis_exporter")
"""The programs of which that consists."""


def need_all(*names: str) -> None:
    """Skip the module that calls this where a program is not there; the reason names each that is missing."""
    if lacking := [tool.name for tool in tools.missing(names, REPOSITORY)]:
        pytest.skip(f"not installed: {', '.join(lacking)} (make setup)", allow_module_level=True)


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def steps(self) -> dict[str, str]:
        """Component → what `up` did with it."""
        found: dict[str, str] = {}
        for line in self.out.splitlines():
            kind, _, rest = line.partition(" ")
            if kind in ("start", "restart", "reload", "stop", "keep", "skip"):
                found |= {name.partition(":")[0].strip(): kind for name in rest.split(":")[0].split(",")}
        return found


@dataclass
class Copy:
    """A copy of the project, with the repository's programs, on ports of its own."""

    root: Path
    settings: tuple[str, ...] = ()
    offset: int = field(default_factory=free_offset)
    heard: list[str] = field(default_factory=list)
    """All that the command has said so far."""

    @classmethod
    def at(cls, root: Path, *settings: str) -> Copy:
        for name in _project_files():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, root / name)
        (root / ".tools").symlink_to(REPOSITORY / ".tools")
        return cls(root, settings)

    def words(self, *words: str) -> list[str]:
        settings = (f"network.offset={self.offset}", *self.settings)
        sets = [word for setting in settings for word in ("--set", setting)]
        program = next(path for path in (self.root / "specola.py", REPOSITORY / "specola.py") if path.is_file())
        return [sys.executable, str(program), words[0], "--root", str(self.root), *sets, *words[1:]]

    def run(self, *words: str, **environment: str) -> Told:
        env = {**os.environ, **environment}
        done = subprocess.run(self.words(*words), env=env, capture_output=True, text=True, timeout=170, check=False)
        self.heard += [done.stdout, done.stderr]
        assert "Traceback" not in done.stderr
        return Told(done.returncode, done.stdout, done.stderr)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a command without waiting for its end. It hears SIGINT even when we, in the background, do not."""
        return subprocess.Popen(
            self.words(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def up(self, *words: str) -> Told:
        return self.run("up", "--runtime", "native", *words)

    def end(self) -> None:
        """End the stack; what `down` should leave behind, against its promise, does not outlive the tests."""
        processes = [identity for one in self.records().values() for identity in (one.supervisor, one.child)]
        told = self.run("down", "--volumes")
        left = [process for process in processes if process.alive]
        for process in left:
            process.signal(signal.SIGTERM)
        assert told.code == 0, told
        assert left == []

    def port(self, usual: int) -> int:
        return usual + self.offset

    def records(self) -> dict[str, Record]:
        return {record.name: record for record in read_all(Folders(self.root).run)}

    def children(self) -> dict[str, Identity]:
        return {name: record.child for name, record in self.records().items()}

    def secrets(self) -> dict[str, str]:
        """File → what must not be seen anywhere else."""
        return {path.name: path.read_text().strip() for path in (self.root / "secrets").iterdir() if path.is_file()}

    def files(self, *folders: str) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for folder in folders
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file()
        }

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (self.root / path).write_text(text.replace(old, new))


def _project_files() -> list[str]:
    """What is in the repository or about to be, but for the tests."""
    git = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(git, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split("\0")
    return [name for name in listed if name and not name.startswith("tests/") and (REPOSITORY / name).is_file()]
