"""Log lines, their files, and a disk that fails."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from compose.simulator.contract import LogEffect
from compose.simulator.logfile import LogFile
from compose.simulator.logs import LogStream, _fitting, rates
from tests.unit.simulated import NOON, shop

if TYPE_CHECKING:
    from pathlib import Path


def lines(seconds: int, *effects: LogEffect) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    logs = shop().logs
    assert logs is not None
    stream = LogStream("shop", logs, NOON)
    texts = [stream.lines(NOON + second, effects) for second in range(1, seconds + 1)]
    usual, errors = (
        [json.loads(line) for text in part for line in text.splitlines()] for part in zip(*texts, strict=True)
    )
    return usual, errors


def test_lines_come_at_their_rate_by_category_and_level() -> None:
    usual, errors = lines(2_000)
    assert len(usual) + len(errors) == pytest.approx(2 * 2_000, rel=0.4)
    categories = Counter(line["category"] for line in usual + errors)
    assert categories["api_request"] / categories["security"] == pytest.approx(4, rel=0.1)
    assert {line["level"] for line in usual} == {"INFO", "WARNING"}
    assert {line["level"] for line in errors} == {"ERROR"}


def test_a_line_holds_its_fields() -> None:
    usual, errors = lines(200)
    request = next(line for line in usual if line["category"] == "api_request")
    assert request["timestamp"].startswith("2026-01-01T12:")
    assert request["timestamp"].endswith("Z")
    assert len(request["timestamp"]) == len("2026-01-01T12:00:00.000Z")
    assert request["message"] == f"{request['route']} answered in {request['duration_ms']} ms"
    assert request["client_ip"].startswith("192.0.2."), "an address of the range for documentation"
    assert len(request["request_id"]) == 16
    assert "stack" not in request
    assert errors[0]["stack"].count("\n") == 5


def test_lines_are_in_the_order_of_time() -> None:
    stamps = [line["timestamp"] for line in lines(100)[0]]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("effects", "api_request", "security"),
    [
        ((), 1.6, 0.4),
        ((LogEffect("security", 50, None),), 1.6, 50),
        ((LogEffect(None, 0, None),), 0, 0),
        ((LogEffect(None, 10, "ERROR"), LogEffect("security", 1, None)), 8, 1),
    ],
)
def test_faults_set_rates(effects: tuple[LogEffect, ...], api_request: float, security: float) -> None:
    logs = shop().logs
    assert logs is not None
    assert [rate for _, rate, _ in rates(logs, effects, 1.0)] == pytest.approx([api_request, security])


def test_a_fault_may_set_the_level() -> None:
    usual, errors = lines(20, LogEffect("api_request", 10, "ERROR"))
    assert {line["category"] for line in usual} <= {"security"}
    assert len(errors) == pytest.approx(200, abs=2)


def test_a_fault_may_set_numbers_in_lines() -> None:
    usual, _ = lines(5, LogEffect("api_request", 10, "INFO", numbers=(("duration_ms", 9000.0),)))
    assert {line["duration_ms"] for line in usual if line["category"] == "api_request"} == {9000.0}


def test_a_long_pause_is_not_caught_up() -> None:
    logs = shop().logs
    assert logs is not None
    assert LogStream("shop", logs, NOON).lines(NOON + 3_600)[0].count("\n") < 20


def test_files_rotate_and_three_old_ones_are_kept(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "new" / "a.log", 10, pytest.fail)
    for number in range(1, 7):
        file.append(f"line {number}\n")
    kept = {path.name: path.read_text() for path in (tmp_path / "new").iterdir()}
    assert kept == {"a.log": "line 6\n", "a.log.1": "line 5\n", "a.log.2": "line 4\n", "a.log.3": "line 3\n"}


def test_a_folder_that_cannot_be_written_is_reported_once_and_recovers(tmp_path: Path) -> None:
    reports: list[str] = []
    blocked = tmp_path / "logs"
    blocked.write_text("a file where a folder should be")
    file = LogFile(blocked / "a.log", 1_000, reports.append)
    file.append("lost\n")
    file.append("lost\n")
    blocked.unlink()
    file.append("kept\n")
    assert reports == [
        f"{blocked}/a.log: cannot be written: File exists; its lines are dropped until it can",
        f"{blocked}/a.log: can be written again",
    ]
    assert (blocked / "a.log").read_text() == "kept\n"


def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    reports: list[str] = []
    (tmp_path / "a.log").symlink_to("/dev/full")
    LogFile(tmp_path / "a.log", 1_000, reports.append).append("lost\n")
    assert len(reports) == 1
    assert "No space left on device" in reports[0] or "Invalid argument" in reports[0]


@pytest.mark.parametrize(("values", "level", "expected"), [
    (("200", "404", "500", "503"), "ERROR", ("500", "503")),
    (("200", "404", "500"), "INFO", ("200", "404")),
    (("200", "404"), "ERROR", ("500",)),
    ((200, 404), "FATAL", (500,)),
    (("500",), "WARNING", ("500",)),
    (("pay", "refund"), "ERROR", ("pay", "refund")),
])  # fmt: skip
def test_a_status_fits_the_level_of_its_line(
    values: tuple[object, ...], level: str, expected: tuple[object, ...]
) -> None:
    assert _fitting(values, level) == expected
