"""Keeps messages: the latest in memory, all of them as JSON lines in a file that survives a restart."""

from __future__ import annotations

import errno
import json
import os
from collections import deque
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .messages import Notification
    from .query import Query

KEPT = 5_000
KEPT_BYTES = 32 * 2**20
"""The latest messages held in memory: so many, and together no more JSON than this."""

ROTATE_BYTES = 50 * 2**20
HEARTBEAT = "Watchdog"
"""The alert that always fires, to show that notifications arrive."""

Message = dict[str, Any]
"""A kept message: `id` and `at`, then the fields of a Notification."""


class Store:
    """The messages. A full disk is reported once; messages are then kept in memory only."""

    def __init__(self, file: Path, clock: Callable[[], float], report: Callable[[str], None]) -> None:
        """Begin with what the file holds; an OSError says that it cannot be read."""
        self._file, self._clock, self._report = file, clock, report
        self._lock = Lock()
        self._ring: deque[tuple[int, Message]] = deque()
        self._ring_bytes = 0
        self._last_id = 0
        self._last_heartbeat: float | None = None
        self.trouble = ""
        for line in _tail(_older(file)) + _tail(file):
            if (message := _parsed(line)) is not None:
                self._keep(message, len(line))

    def add(self, notification: Notification) -> Message:
        """Number, date and keep a notification. Numbers rise, over restarts and deletions too."""
        with self._lock:
            now = self._clock()
            at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            message: Message = {"id": max(self._last_id + 1, int(now * 1000)), "at": at} | asdict(notification)
            message["alerts"] = list(message["alerts"])
            line = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            self._keep(message, len(line))
            self._write(line)
            return message

    def find(self, query: Query) -> list[Message]:
        """The messages that a query asks for, oldest first."""
        with self._lock:
            messages = [message for _, message in self._ring]
        return query.select(messages)

    def clear(self) -> int:
        """Forget all messages, on disk too; how many there were in memory. An OSError says that the file stays."""
        with self._lock:
            count = len(self._ring)
            self._file.unlink(missing_ok=True)
            _older(self._file).unlink(missing_ok=True)
            self._ring.clear()
            self._ring_bytes = 0
            return count

    def heartbeat_age(self) -> float | None:
        """Seconds since the last firing heartbeat, or None when there has been none."""
        with self._lock:
            return None if self._last_heartbeat is None else max(0.0, self._clock() - self._last_heartbeat)

    def beat(self) -> None:
        """A heartbeat arrived that is no message."""
        with self._lock:
            self._last_heartbeat = self._clock()

    def all(self) -> list[Message]:
        """Every message in memory, oldest first."""
        with self._lock:
            return [message for _, message in self._ring]

    def _keep(self, message: Message, size: int) -> None:
        if _is_heartbeat(message):
            self._drop_heartbeat(message["receiver"])
        self._ring.append((size, message))
        self._ring_bytes += size
        while len(self._ring) > KEPT or self._ring_bytes > KEPT_BYTES:
            self._ring_bytes -= self._ring.popleft()[0]
        self._last_id = max(self._last_id, message["id"])
        if any(alert["name"] == HEARTBEAT and alert["status"] == "firing" for alert in message["alerts"]):
            self._last_heartbeat = datetime.fromisoformat(message["at"]).timestamp()

    def _drop_heartbeat(self, receiver: str) -> None:
        """Of the heartbeats, one a minute, only the newest is of interest."""
        for position in range(len(self._ring) - 1, -1, -1):
            size, message = self._ring[position]
            if message["receiver"] == receiver and _is_heartbeat(message):
                self._ring_bytes -= size
                del self._ring[position]
                return

    def _write(self, line: bytes) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size + len(line) > ROTATE_BYTES:
                self._file.replace(_older(self._file))
            _append(self._file, line)
        except OSError as error:
            if not self.trouble:
                self._report(f"{self._file}: cannot be written: {error.strerror}; messages are kept in memory only")
            self.trouble = error.strerror or "cannot be written"
        else:
            if self.trouble:
                self._report(f"{self._file}: can be written again")
            self.trouble = ""


def _is_heartbeat(message: Message) -> bool:
    return bool(message["alerts"]) and all(alert["name"] == HEARTBEAT for alert in message["alerts"])


def _older(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")


def _append(file: Path, line: bytes) -> None:
    """Append one line or nothing; a line that a crash has torn is ended first."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _tail(file: Path) -> list[bytes]:
    """The last lines of a file, at most as many bytes as the memory holds; none when there is no file."""
    try:
        with file.open("rb") as stream:
            start = max(0, stream.seek(0, os.SEEK_END) - KEPT_BYTES)
            stream.seek(start)
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return []
    return (lines[1:] if start else lines)[-KEPT:]


def _parsed(line: bytes) -> Message | None:
    """The message of a line, or None for a torn or foreign one."""
    try:
        message = json.loads(line)
        datetime.fromisoformat(message["at"])
        complete = isinstance(message["id"], int) and all(
            {"name", "service", "status"} <= alert.keys() for alert in message["alerts"]
        )
        complete = complete and {"kind", "receiver", "status", "title", "text"} <= message.keys()
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return message if complete else None
