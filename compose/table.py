"""The native process table: what generator/native.py rendered, with the paths of this machine filled in.

Two hashes tell what an edit touched. The restart hash covers what a process takes up only when it starts, the reload
hash what it takes up when told to; both see contents, never times.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.fault import Trouble
from compose.programs import digest
from compose.started import started

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = 1
FILE = "native/processes.json"


@dataclass(frozen=True)
class Folders:
    """Where a working copy keeps what. All paths are absolute."""

    root: Path

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def native(self) -> Path:
        return self.root / "var/native"

    @property
    def data(self) -> Path:
        return self.native / "data"

    @property
    def run(self) -> Path:
        return self.native / "run"

    @property
    def output(self) -> Path:
        """What the processes print."""
        return self.native / "log"

    @property
    def logs(self) -> Path:
        """The log files of the simulated services."""
        return self.native / "logs"

    def expand(self, text: str) -> str:
        """Fill in `{build}` `{data}` `{secrets}` `{logs}` `{root}` `{python}`; other braces stay."""
        values = {
            "build": self.build,
            "data": self.data,
            "secrets": self.secrets,
            "logs": self.logs,
            "root": self.root,
            "python": sys.executable,
        }
        return re.sub(rf"\{{({'|'.join(values)})\}}", lambda match: str(values[match[1]]), text)


@dataclass(frozen=True)
class Port:
    address: str
    port: int
    protocol: str = "tcp"
    purpose: str = ""


@dataclass(frozen=True)
class Health:
    """How to tell that a process is well: a URL that answers 200, or a `HOST:PORT` that accepts connections.

    `secret` names the file with the password of user `specola`, `ca` is the certificate to trust with https.
    """

    url: str = ""
    tcp: str = ""
    secret: str = ""
    ca: str = ""


@dataclass(frozen=True)
class Reload:
    """How to make a process read its files again: a POST or a signal's name without SIG."""

    post: str = ""
    signal: str = ""


@dataclass(frozen=True)
class Process:
    """One row. Files are relative to `build/`; a trailing slash means all below that folder.

    `component` is what it is an instance of. `resumes` is the folder in which a log agent writes down how far it has
    read; see `compose/resume.sh`.
    """

    name: str
    title: str
    program: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    ports: tuple[Port, ...] = ()
    health: Health = Health()
    reload: Reload | None = None
    reload_files: tuple[str, ...] = ()
    restart_files: tuple[str, ...] = ()
    live_files: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    optional: bool = False
    stop_seconds: float = 10.0
    resumes: str = ""
    component: str = ""

    @property
    def address(self) -> str:
        """Where people or other programs reach it: the first port, as a URL when it speaks HTTP."""
        if not self.ports:
            return ""
        first = self.ports[0]
        host = f"[{first.address}]" if ":" in first.address else first.address
        scheme = self.health.url.partition("://")[0]
        return f"{scheme}://{host}:{first.port}" if scheme else f"{host}:{first.port}"


def read(folders: Folders) -> tuple[Process, ...]:
    """The rendered table with its placeholders filled in. Raises Trouble when there is none to read."""
    path = folders.build / FILE
    try:
        table = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Trouble(f"{path} is not there", "run `specola render` first") from None
    except ValueError as error:
        raise Trouble(f"{path} is damaged: {error}", "run `specola render` again") from error
    if table.get("version") != VERSION:
        raise Trouble(f"{path} was rendered by another version of specola", "run `specola render` again")
    return tuple(_process(row, folders) for row in table["processes"])


def config_hash(process: Process, program: Path, folders: Folders) -> str:
    """Changes with the program, its arguments and environment, its start files and the secrets it reads.

    Of another's program the file's size and time count, since hashing would take long: an upgrade in its place is seen.
    """
    command = json.dumps([str(program), process.args, process.env], ensure_ascii=True).encode()
    secrets = tuple((name, secret(folders, name)) for name in sorted(process.secrets))
    files = _contents(process.restart_files, folders.build)
    return started(
        command=_digest((("start", command),)),
        files=_digest(files) if files else "",
        secrets=_digest(secrets) if secrets else "",
        program=_digest((("file", _stamp(program)), ("own", digest(process.name).encode()))),
    )


def reload_hash(process: Process, folders: Folders) -> str:
    """Changes with the files it can take up while it runs."""
    return _digest(_contents(process.reload_files, folders.build))


def secret(folders: Folders, name: str) -> bytes:
    """The content of a file in `secrets/`, under its name or with `.yml`; empty when there is none."""
    for path in (folders.secrets / name, folders.secrets / f"{name}.yml"):
        if path.is_file():
            return path.read_bytes()
    return b""


def _stamp(program: Path) -> bytes:
    try:
        facts = program.stat()
    except OSError:
        return b""
    return f"{facts.st_size} {facts.st_mtime_ns}".encode()


def _contents(files: Iterable[str], build: Path) -> tuple[tuple[str, bytes], ...]:
    """Path and content of every file, in the order of their names."""
    found: dict[str, bytes] = {}
    for name in files:
        path = build / name
        paths = path.rglob("*") if name.endswith("/") else (path,)
        found |= {str(each.relative_to(build)): each.read_bytes() for each in paths if each.is_file()}
    return tuple(sorted(found.items()))


def _digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """One hash over named parts; lengths keep neighbours apart."""
    total = hashlib.sha256()
    for name, content in parts:
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:16]


def _process(row: Mapping[str, Any], folders: Folders) -> Process:
    health, reload = row.get("health") or {}, row.get("reload")
    return Process(
        name=row["name"],
        title=row["title"],
        program=row["program"],
        args=tuple(folders.expand(word) for word in row.get("args", ())),
        env=tuple(sorted((key, folders.expand(value)) for key, value in row.get("env", {}).items())),
        ports=tuple(Port(**port) for port in row.get("ports", ())),
        health=Health(**{key: folders.expand(value) for key, value in health.items() if value}),
        reload=Reload(**reload) if reload else None,
        reload_files=tuple(row.get("reload_files", ())),
        restart_files=tuple(row.get("restart_files", ())),
        live_files=tuple(row.get("live_files", ())),
        secrets=tuple(row.get("secrets", ())),
        after=tuple(row.get("after", ())),
        needs=tuple(row.get("needs", ())),
        optional=row.get("optional", False),
        stop_seconds=float(row.get("stop_seconds", 10)),
        resumes=folders.expand(row.get("resumes", "")),
        component=row.get("component", row["name"]),
    )
