"""Keeping messages over restarts, rotation, torn lines and a disk that fails."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from compose.inbox import store
from compose.inbox.messages import email
from compose.inbox.query import Query
from compose.inbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from compose.inbox.messages import Notification

NOON = 1_767_268_800.0  # 2026-01-01 12:00 UTC
WATCHDOG = email("ops", "firing|Watchdog|stack|none", "Watchdog", "")


def note(text: str) -> Notification:
    return email("ops", "firing|Down|tug|critical", "Down", text)


def texts(kept: Store) -> list[str]:
    return [message["text"] for message in kept.find(Query(limit=5_000))]


def open_store(file: Path, now: float = NOON) -> Store:
    return Store(file, lambda: now, pytest.fail)


def test_a_message_is_numbered_dated_and_written(tmp_path: Path) -> None:
    file = tmp_path / "new" / "inbox.jsonl"
    message = open_store(file).add(note("é"))
    assert (message["id"], message["at"]) == (1_767_268_800_000, "2026-01-01T12:00:00.000Z")
    assert json.loads(file.read_text()) == message
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_numbers_rise_over_restarts_and_deletions(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    kept = open_store(file)
    first, second = kept.add(note("1")), kept.add(note("2"))
    assert kept.clear() == 2
    third = kept.add(note("3"))
    again = open_store(file, NOON - 60)
    fourth = again.add(note("4"))
    numbers = [message["id"] for message in (first, second, third, fourth)]
    assert numbers == sorted(set(numbers)), "even if the clock was set back"
    assert texts(again) == ["3", "4"]


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    open_store(file).add(note("1"))
    with file.open("ab") as stream:
        stream.write(b'nonsense\n[]\n{"id": 1}\n\xff\n{"id": 5, "at": "2026')
    kept = open_store(file)
    kept.add(note("2"))
    assert texts(kept) == ["1", "2"]
    assert texts(open_store(file)) == ["1", "2"]


def test_the_file_rotates_and_the_older_one_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "ROTATE_BYTES", 600)
    file = tmp_path / "inbox.jsonl"
    kept = open_store(file)
    for number in range(4):
        kept.add(note(f"{number}"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox.jsonl", "inbox.jsonl.1"]
    assert texts(open_store(file)) == ["0", "1", "2", "3"]


def test_memory_is_bounded_by_number_and_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = open_store(tmp_path / "inbox.jsonl")
    monkeypatch.setattr(store, "KEPT", 3)
    for number in range(5):
        kept.add(note(f"{number}"))
    assert texts(kept) == ["2", "3", "4"]
    monkeypatch.setattr(store, "KEPT_BYTES", 3_800)
    kept.add(note("x" * 3_500))
    assert texts(kept) == ["x" * 3_500]


def test_a_disk_that_fails_is_reported_once_and_recovers(tmp_path: Path) -> None:
    reports: list[str] = []
    blocked = tmp_path / "var"
    kept = Store(blocked / "inbox.jsonl", lambda: NOON, reports.append)
    blocked.write_text("a file where a folder should be")
    kept.add(note("1"))
    kept.add(note("2"))
    assert kept.trouble == "File exists"
    blocked.unlink()
    kept.add(note("3"))
    assert reports == [
        f"{blocked}/inbox.jsonl: cannot be written: File exists; messages are kept in memory only",
        f"{blocked}/inbox.jsonl: can be written again",
    ]
    assert kept.trouble == ""
    assert texts(kept) == ["1", "2", "3"]


def test_the_heartbeat(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    kept = open_store(file)
    assert kept.heartbeat_age() is None
    kept.add(note("1"))
    assert kept.heartbeat_age() is None
    kept.add(WATCHDOG)
    assert open_store(file, NOON + 90).heartbeat_age() == 90


def test_lone_surrogates_are_written_as_question_marks(tmp_path: Path) -> None:
    file = tmp_path / "inbox.jsonl"
    open_store(file).add(note("\ud800"))
    assert texts(open_store(file)) == ["?"]
