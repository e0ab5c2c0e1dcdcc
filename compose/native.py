"""The native backend: every component a process of this machine, each with a supervisor of its own.

What runs is known from the state files in `var/native/run`, believed only as far as the kernel confirms them: a
file may be left from before a reboot, its pids may be other people's by now, a supervisor may have been killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from compose import health, ports, reload, tools
from compose.backend import Desired, Observed, Progress, State, Step
from compose.fault import Trouble
from compose.logfile import last_lines, tail
from compose.plan import unknown
from compose.process import Identity, members
from compose.programs import RESUME
from compose.record import Record, forget, loaded, read_all, write_loaded
from compose.remove import remove
from compose.secrets import read as read_secret
from compose.supervisor import boot_id
from compose.table import Folders, Process, config_hash, read, reload_hash, secret
from spec.instances import REPLICATED, possible_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TAIL = 10
"""Lines of a component's log in a message about its failure."""
GRACE = 5.0
"""Seconds beyond a process's own time to stop after which its supervisor is killed."""
TRIES = 2
"""Exits after which a component that is not healthy yet will not become so."""
FURTHER = frozenset(name for component in REPLICATED for name in possible_names(component)[1:])
"""The names of all instances but the first."""
PASSED_ON = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)
"""What of our environment a component gets; the rest may hold secrets which are not its business."""


@dataclass(frozen=True)
class Native:
    """The processes of the working copy at `root`. `paths` are the programs the spec names."""

    root: Path
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "native"

    @property
    def folders(self) -> Folders:
        return Folders(self.root.absolute())

    def desired(self) -> tuple[Desired, ...]:
        """The rows of the table; a missing program is the reason to skip an optional one."""
        return tuple(self._desired(process) for process in read(self.folders))

    def observe(self) -> tuple[Observed, ...]:
        """What runs, and what should but does not. Components that answer are asked for their health, all at once."""
        rows = {process.name: process for process in read(self.folders)}
        records = {record.name: record for record in read_all(self.folders.run)}
        alive = [rows[name] for name, record in records.items() if name in rows and record.child.alive]
        well = health.observed([self._question(process) for process in alive])
        names = (*rows, *(name for name in records if name not in rows))
        return tuple(self._observed(name, rows.get(name), records.get(name), well.get(name, "")) for name in names)

    def prepare(self, steps: tuple[Step, ...]) -> None:
        """Programs, secrets and ports of what is about to start. Raises one Trouble for all of a kind."""
        rows = {process.name: process for process in read(self.folders)}
        coming = [rows[step.component] for step in steps if step.kind in ("start", "restart")]
        programs = sorted({row.program for row in coming} - {tools.PYTHON})
        lacking = tools.missing(programs, self.root, self.paths)
        if lacking:
            raise Trouble("\n".join(f"{tool.name} is not installed: {tool.how()}" for tool in lacking))
        absent = sorted({name for row in coming for name in row.secrets if not secret(self.folders, name)})
        if absent:
            raise Trouble(f"secrets are missing: {', '.join(absent)}", f"they belong into {self.folders.secrets}")
        wanted = [ports.Wanted(row.name, one.address, one.port, one.protocol) for row in coming for one in row.ports]
        ending = {step.component for step in steps if step.kind in ("stop", "restart")}
        records = [record for record in read_all(self.folders.run) if record.name in ending and record.child.alive]
        ports.check(wanted, frozenset(pid for record in records for pid in members(record.child.pid)))

    def apply(self, step: Step) -> None:
        """Carry out one step; see `Backend.apply`."""
        if step.kind in ("stop", "restart"):
            self._stop(step.component)
        if step.kind in ("start", "restart"):
            self._start(self._row(step.component))
        if step.kind == "reload":
            self._reload(self._row(step.component))

    def wait(self, components: tuple[str, ...], seconds: float) -> Iterator[Progress]:
        """Until all of these answer; one that keeps exiting is given up early."""
        questions = [self._question(self._row(name)) for name in components]
        return health.wait(questions, seconds, self._hopeless, self._tail)

    def logs(self, component: str, follow: bool, lines: int) -> Iterator[str]:
        """What a component printed, without newlines, from its log and, where that is short, the one before."""
        path = self._log(component)
        if not path.exists():
            self._row(component)
            raise Trouble(f"{component} has not run here yet", "`specola up` starts it")
        return tail(path, lines, follow)

    def down(self, volumes: bool) -> None:
        """End all, told at once and then waited for, last started first.

        Further instances go before: an Alertmanager waits ten seconds to be heard by one that goes together with it.
        """
        records = sorted(read_all(self.folders.run), key=lambda record: record.started_at, reverse=True)
        for some in ([record for record in records if record.name in FURTHER], records):
            for record in some:
                record.supervisor.signal(signal.SIGTERM)
            for record in some:
                self._stop(record.name)
        if volumes:
            remove(self.folders.data, self.folders.output, self.folders.logs)

    def _row(self, name: str) -> Process:
        rows = {process.name: process for process in read(self.folders)}
        if name not in rows:
            raise unknown(name, rows)
        return rows[name]

    def _desired(self, process: Process) -> Desired:
        missing, program = "", Path()
        try:
            program = tools.locate(process.program, self.root, self.paths).path
        except tools.Missing as error:
            missing = f"{error.message}: {error.hint}" if process.optional else ""
        return Desired(
            process.name,
            process.title,
            config_hash(process, program, self.folders),
            reload_hash(process, self.folders),
            process.needs,
            process.after,
            reloadable=process.reload is not None,
            missing=missing,
            component=process.component,
        )

    def _observed(self, name: str, row: Process | None, record: Record | None, well: str) -> Observed:
        if record is None:
            return Observed(name, "absent", address=row.address if row else "")
        state, detail = _state(record, well)
        return Observed(
            name,
            state,
            well,
            record.config_hash,
            loaded(self.folders.run, name) or record.reload_hash,
            record.version,
            row.address if row else "",
            record.started_at if record.child.alive else 0.0,
            record.restarts,
            detail,
        )

    def _question(self, process: Process) -> health.Question:
        asked = process.health
        password = read_secret(self.root, asked.secret) if asked.secret else ""
        return health.Question(process.name, asked.url, asked.tcp, password, asked.ca)

    def _record(self, name: str) -> Record | None:
        return next((record for record in read_all(self.folders.run) if record.name == name), None)

    def _log(self, name: str) -> Path:
        return self.folders.output / f"{name}.log"

    def _tail(self, name: str) -> str:
        return "\n".join(last_lines(self._log(name), TAIL))

    def _hopeless(self, name: str) -> str:
        """Why a component that is not healthy yet never will be."""
        record = self._record(name)
        if record is None:
            return "is not running"
        if not record.supervisor.alive:
            return "lost its supervisor"
        return record.last_exit if record.restarts >= TRIES and not record.child.alive else ""

    def _start(self, process: Process) -> None:
        folders = self.folders
        if self._record(process.name):
            self._stop(process.name)
        found = tools.locate(process.program, self.root, self.paths)
        job = {
            "name": process.name,
            "argv": [*_resuming(process), str(found.path), *found.words, *process.args],
            "env": {key: os.environ[key] for key in PASSED_ON if key in os.environ} | dict(process.env),
            "folder": str(folders.data / process.name),
            "log": str(self._log(process.name)),
            "state": str(folders.run / f"{process.name}.json"),
            "stop_seconds": process.stop_seconds,
            "config_hash": config_hash(process, found.path, folders),
            "reload_hash": reload_hash(process, folders),
            "version": tools.version(found, self.root),
        }
        try:
            for folder in (folders.run, folders.output, folders.data / process.name):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folders.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise Trouble(
                f"cannot make {error.filename}: {error.strerror}", "free some space, then try again"
            ) from error
        _launch(process.name, job)

    def _stop(self, name: str) -> None:
        """End a process through its supervisor; without one, or when it hangs, directly."""
        record = self._record(name)
        if record is None:
            return
        if record.supervisor.signal(signal.SIGTERM) and not record.supervisor.gone_within(record.stop_seconds + GRACE):
            record.supervisor.signal(signal.SIGKILL)
            record.supervisor.gone_within(GRACE)
        _end(self._record(name) or record)
        forget(self.folders.run, name)

    def _reload(self, process: Process) -> None:
        record, how = self._record(process.name), process.reload
        if record is None or how is None:
            raise Trouble(f"{process.name} cannot be reloaded", "`specola up` again starts it anew")
        question, wanted = self._question(process), reload_hash(process, self.folders)

        def trigger() -> None:
            if how.post:
                reload.post(question, how.post)
            else:
                record.child.signal(signal.Signals[f"SIG{how.signal}"])

        main = reload.main_file(self.folders.build, process.reload_files, process.component)
        reload.reload(reload.Target(question, main, self.folders.build / "rules", trigger, process.component))
        write_loaded(self.folders.run, process.name, wanted)


def _state(record: Record, well: str) -> tuple[State, str]:
    """The state of a component that has a state file, and what to say about it."""
    if record.child.alive and not record.supervisor.alive:
        return "foreign", "its supervisor was killed"
    if record.child.alive:
        return ("running" if well in ("", health.HEALTHY) else "starting"), ("" if well == health.HEALTHY else well)
    if record.supervisor.alive:
        wait = max(0.0, record.next_try - time.time())
        return "exited", f"{record.last_exit}; next try in {wait:.0f} s" if record.next_try else "has just ended"
    if record.child.boot != boot_id():
        return "exited", "the machine was started anew"
    return "exited", "was killed together with its supervisor" if record.child.pid else record.last_exit


def _end(record: Record) -> None:
    """End what is left of a process whose supervisor has gone."""
    left = [Identity(pid, ticks, record.child.boot) for pid, ticks in members(record.child.pid).items()]
    if not record.child.alive:
        return
    for process in left:
        process.signal(signal.SIGTERM)
    for process in left:
        if not process.gone_within(record.stop_seconds):
            process.signal(signal.SIGKILL)
            process.gone_within(GRACE)


def _launch(name: str, job: dict[str, object]) -> None:
    """Start the supervisor and hear whether it could begin. It finds this package from its working folder."""
    command = (sys.executable, "-E", "-s", "-S", "-m", "compose.supervisor", name)
    done = subprocess.run(
        command,
        input=json.dumps(job),
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    error = done.stdout.strip() or done.stderr.strip()
    if error or done.returncode:
        raise Trouble(f"cannot start {name}: {error or 'its supervisor ended'}", "free some space, then try again")


def _resuming(process: Process) -> tuple[str, ...]:
    """What is put before the command of a program that has to be told where to go on."""
    return ("/bin/bash", str(RESUME), process.resumes) if process.resumes else ()
