"""The small program that keeps one native process running: `python -m compose.supervisor NAME < job.json`.

It detaches, starts the process, gathers what it prints into a log that is rotated, starts it again when it ends (after
1 s, doubled up to 30 s), and writes down what it does in a state file which `status`, `up` and `down` read. On SIGTERM
it ends the process in good order and then itself. Should it be killed, the kernel kills the process, too.

One of these runs for every component, so it imports little (dataclasses alone would cost 1 MB)
and holds about 10 MB, half of it shared with its like.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import NamedTuple

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
SETTLED = 60.0
"""Seconds of running after which a crash counts as the first again."""
LOG_BYTES = 10 * 1024 * 1024
LOG_KEPT = 2
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Job(NamedTuple):
    """What to run. Hashes and version are only passed on into the state file."""

    name: str
    argv: list[str]
    env: dict[str, str]
    folder: str
    log: str
    state: str
    stop_seconds: float
    config_hash: str
    reload_hash: str
    version: str = ""


class Life(NamedTuple):
    """How the process fares: what the state file says beyond the job. Times are seconds since the epoch."""

    pid: int = 0
    started_at: float = 0.0
    restarts: int = 0
    last_exit: str = ""
    next_try: float = 0.0


def boot_id() -> str:
    """Names this boot of the machine: pids of another one mean nothing."""
    with open("/proc/sys/kernel/random/boot_id") as file:  # noqa: PTH123 - pathlib would double the memory
        return file.read().strip()


def start_ticks(pid: int) -> int:
    """Clock ticks from boot to the start of a process (proc(5), field 22), 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def record(job: Job, life: Life) -> None:
    """Write the state file, all of it or not at all."""
    me = os.getpid()
    state = {
        "name": job.name,
        "boot": boot_id(),
        "supervisor": {"pid": me, "ticks": start_ticks(me)},
        "child": {"pid": life.pid, "ticks": start_ticks(life.pid)} if life.pid else None,
        "config_hash": job.config_hash,
        "reload_hash": job.reload_hash,
        "version": job.version,
        "stop_seconds": job.stop_seconds,
        "started_at": life.started_at,
        "restarts": life.restarts,
        "last_exit": life.last_exit,
        "next_try": life.next_try,
    }
    draft = f"{job.state}.new"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
        json.dump(state, file)
    os.replace(draft, job.state)  # noqa: PTH105


def keep_record(job: Job, life: Life) -> None:
    """Like `record`, on a disk that may have filled up meanwhile: the process matters more than its file.

    A file that stays behind names a process that has ended, which its readers see for themselves.
    """
    with contextlib.suppress(OSError):
        record(job, life)


class Log:
    """A log file that starts anew when it has grown, keeping its predecessors as NAME.1 and NAME.2."""

    def __init__(self, path: str, limit: int = LOG_BYTES) -> None:
        self.path = path
        self.limit = limit
        self.file = self._open()

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, text: bytes) -> None:
        """Append. On a full disk lines are lost; the process is not held up."""
        try:
            if os.fstat(self.file).st_size + len(text) > self.limit:
                self._rotate()
            os.write(self.file, text)
        except OSError:
            return

    def _rotate(self) -> None:
        for age in range(LOG_KEPT, 0, -1):
            older = f"{self.path}.{age - 1}" if age > 1 else self.path
            if os.path.exists(older):  # noqa: PTH110
                os.replace(older, f"{self.path}.{age}")  # noqa: PTH105
        fresh = self._open()
        os.close(self.file)
        self.file = fresh
        os.dup2(fresh, 2)


class Ears:
    """What the supervisor listens to: the output of the process, and signals, in one wait."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.output, self.input = os.pipe()
        self.wake, wake_in = os.pipe()
        for descriptor in (self.output, self.wake, wake_in):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_in, warn_on_full_buffer=False)
        self.stop = False
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, self._heard)
        for number in (signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self.poll = select.poll()
        self.poll.register(self.output, select.POLLIN)
        self.poll.register(self.wake, select.POLLIN)

    def _heard(self, number: int, _frame: object) -> None:
        self.stop = self.stop or number == signal.SIGTERM

    def listen(self, seconds: float | None) -> None:
        """Wait for output or a signal, at most this long, and put the output into the log."""
        for descriptor, _ in self.poll.poll(None if seconds is None else max(0.0, seconds) * 1000):
            text = os.read(descriptor, 65536)
            if descriptor == self.output:
                self.log.write(text)

    def drain(self) -> None:
        """Put what is left of the output into the log."""
        try:
            while text := os.read(self.output, 65536):
                self.log.write(text)
        except BlockingIOError:
            return


def spawn(job: Job, output: int) -> int:
    """Start the process in a group of its own; it dies with the supervisor. Returns its pid."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it was killed before prctl took hold
            os._exit(1)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o077)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(job.folder)
        os.execve(job.argv[0], job.argv, job.env)  # noqa: S606
    except OSError as error:
        os.write(2, f"supervisor: cannot start {job.argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def ended(pid: int) -> str:
    """How the process ended, empty while it runs. What is left of its group ends with it."""
    seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if seen is None:
        return ""
    kill_group(pid, signal.SIGKILL)  # before the pid is given back, so that it can only be this group
    os.waitpid(pid, 0)
    if seen.si_code == os.CLD_EXITED:
        return f"exited with code {seen.si_status}"
    return f"was ended by {signal.Signals(seen.si_status).name}"


def kill_group(pid: int, number: int) -> None:
    """Signal the process and its children."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def end(job: Job, pid: int, ears: Ears) -> None:
    """SIGTERM, some time to finish, SIGKILL."""
    kill_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + job.stop_seconds
    while not ended(pid):
        left = deadline - time.monotonic()
        if left <= 0:
            kill_group(pid, signal.SIGKILL)
        ears.listen(left if left > 0 else None)
    ears.drain()


def run_once(job: Job, life: Life, ears: Ears, started: bool) -> Life:
    """One life of the process, from start to end; at SIGTERM the end is ours."""
    life = Life(spawn(job, ears.input), time.time(), life.restarts, life.last_exit)
    keep_record(job, life)
    if not started:
        report("")
    how = ""
    while not ears.stop and not (how := ended(life.pid)):
        ears.listen(None)
    if how:
        ears.drain()
    else:
        end(job, life.pid, ears)
        how = "was stopped"
    return Life(0, life.started_at, life.restarts, how)


def supervise(job: Job, ears: Ears) -> None:
    """Run the process again and again until SIGTERM."""
    life, delay, started = Life(), FIRST_DELAY, False
    while not ears.stop:
        life = run_once(job, life, ears, started)
        started = True
        delay = FIRST_DELAY if time.time() - life.started_at >= SETTLED else delay
        if not ears.stop:
            ears.log.write(f"supervisor: {job.name} {life.last_exit}; next start in {delay:.0f} s\n".encode())
            life = Life(0, life.started_at, life.restarts + 1, life.last_exit, time.time() + delay)
            keep_record(job, life)
            rest(delay, ears)
            delay = min(LONGEST_DELAY, delay * 2)
    keep_record(job, life)


def rest(seconds: float, ears: Ears) -> None:
    """Wait, but for SIGTERM."""
    deadline = time.monotonic() + seconds
    while not ears.stop and time.monotonic() < deadline:
        ears.listen(deadline - time.monotonic())


def report(error: str) -> None:
    """Tell who started us, and let go of the terminal."""
    os.write(1, error.encode())
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)


def main() -> int:
    """Read the job from standard input, detach, and stay. Standard output ends, empty, once the process runs."""
    job = Job(**json.load(sys.stdin))
    if os.fork():
        os._exit(0)
    try:
        os.umask(0o077)
        os.chdir(job.folder)
        log = Log(job.log)
        record(job, Life())
    except OSError as error:
        report(f"{error.filename or job.state}: {error.strerror}")
        return 1
    os.dup2(log.file, 2)
    supervise(job, Ears(log))
    return 0


if __name__ == "__main__":
    sys.exit(main())
