"""`specola logs` on a real Loki: every line once, in bounded memory; durations and patterns that add up."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from generator import loki
from tests.integration.observed import REPOSITORY, ask, need, running, until, write
from tests.integration.test_loki_real import environment
from tests.offsets import free_offset
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.loki, pytest.mark.slow]
LINES = 200_000
AT_ONCE = 11
"""Lines of the same time: a page must not be cut between them."""
MEGABYTES = 150
HOUR_NS = 3600 * 10**9
LEVELS = ("INFO", "INFO", "INFO", "WARNING", "ERROR")


class Store:
    def __init__(self, url: str, offset: int, end: int) -> None:
        self.url, self.offset, self.end = url, offset, end

    def moment(self, number: int) -> int:
        """In milliseconds, as services write it; the last line is a minute before the end."""
        step = HOUR_NS // LINES
        return (self.end - 60 * 10**9 - (LINES - number // AT_ONCE * AT_ONCE) * step) // 1_000_000 * 1_000_000

    def entry(self, number: int) -> list[Any]:
        level = LEVELS[number % len(LEVELS)]
        said = f"no answer after {number % 90} s from 10.0.0.{number % 9}" if level == "ERROR" else "answered"
        line = {"level": level, "message": said, "number": number}
        return [str(self.moment(number)), json.dumps(line), {"duration_ms": str(number % 1000), "request_id": f"r-{number}"}]  # fmt: skip

    def fill(self, numbers: Sequence[int]) -> None:
        streams = [
            {
                "stream": {"service": "arxos", "environment": "test", "level": level, "category": "api_request"},
                "values": [self.entry(number) for number in numbers if LEVELS[number % len(LEVELS)] == level],
            }
            for level in dict.fromkeys(LEVELS)
        ]
        until(lambda: ask(f"{self.url}/loki/api/v1/push", body={"streams": streams}).status == 204, 60)

    def logs(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "specola", "logs", "--root", str(REPOSITORY), "--set", f"network.offset={self.offset}"]  # fmt: skip
        span = ["--since", "2h"]
        return subprocess.run([*command, *span, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root, offset = tmp_path_factory.mktemp("logs"), free_offset()
    stack = small_stack(network={"offset": offset})
    write(loki.render(stack), root / "build")
    (root / "secrets").mkdir()
    (root / "secrets" / loki.CREDENTIALS).write_text("bm9ib2R5")
    command = [*need("loki"), f"-config.file={root}/build/native/loki/loki.yml", "-config.expand-env=true"]
    url = f"http://127.0.0.1:{stack.port('loki')}"
    with running(command, environment(root), root / "data/loki", f"{url}/ready"):
        found = Store(url, offset, time.time_ns())
        for first in range(0, LINES, 4000):
            found.fill(range(first, first + 4000))
        yield found


def numbers(lines: Sequence[str]) -> list[int]:
    return [json.loads(json.loads(line)["line"])["number"] for line in lines]


def test_an_export_has_every_line_once_in_bounded_memory(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    words = ["logs", "arxos", "--root", str(REPOSITORY), "--set", f"network.offset={store.offset}", "--since", "2h"]
    code = f"import specola; specola.main({[*words, '-o', str(target)]}); print(open('/proc/self/status').read())"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began
    said, *status = done.stdout.splitlines()
    kilobytes = next(line.split()[1] for line in status if line.startswith("VmHWM:"))  # ru_maxrss counts our own, too
    assert said.startswith(f"{LINES} lines, ")
    with target.open() as file:
        found = numbers(file.readlines())
    assert (len(found), set(found)) == (LINES, set(range(LINES)))
    assert int(kilobytes) / 1024 < MEGABYTES
    print(f"{LINES / seconds:.0f} lines/s, {int(kilobytes) / 1024:.0f} MB")


def test_a_killed_export_goes_on(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "all.csv"
    words = ["logs", "arxos", "--root", str(REPOSITORY), "--set", f"network.offset={store.offset}", "--since", "2h"]
    command = [sys.executable, "-m", "specola", *words, "-o", str(target)]
    first = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    until(lambda: (tmp_path / "all.csv.part").exists() and os.path.getsize(tmp_path / "all.csv.part") > 5_000_000, 60)  # noqa: PTH202 - it may vanish
    first.kill()
    first.wait()
    assert not target.exists()
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("going on after ")
    with target.open(newline="") as file:
        found = [json.loads(row["line"])["number"] for row in csv.DictReader(file)]
    assert (len(found), set(found)) == (LINES, set(range(LINES)))


def test_pages_by_cursor_join_without_gap_or_overlap(store: Store) -> None:
    found: list[int] = []
    cursor: list[str] = []
    for _ in range(5):
        done = store.logs("arxos", "-n", "1003", "--format", "json", *cursor)
        found += numbers(done.stdout.splitlines())
        cursor = done.stderr.split()[-2:]
    assert len(found) == len(set(found)) == 5015
    newest = set(range(LINES - 5015 - AT_ONCE, LINES))
    assert set(found) <= newest
    times = [store.moment(number) for number in found]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--level", "error"], LINES // 5),
        (["--level", "warning+"], LINES // 5 * 2),
        (["--grep", r"after 7\d s from 10.0.0.3"], None),
        (["--category", "security"], 0),
        (["--field", "request_id=r-777"], 1),
    ],
)
def test_lines_are_chosen(store: Store, words: list[str], count: int | None, tmp_path: Path) -> None:
    done = store.logs("arxos", *words, "-o", str(tmp_path / "some.jsonl"))
    assert done.returncode == 0, done.stderr
    if count is None:
        count = sum(number % 5 == 4 and 70 <= number % 90 < 80 and number % 9 == 3 for number in range(LINES))
    assert done.stdout.startswith(f"{count} lines, ")


def test_a_summary_adds_up(store: Store) -> None:
    done = store.logs("stats", "arxos", "--format", "json")
    found = json.loads(done.stdout)
    assert {count["level"]: count["lines"] for count in found["counts"]} == {
        "INFO": LINES // 5 * 3, "WARNING": LINES // 5, "ERROR": LINES // 5,
    }  # fmt: skip
    [durations] = found["durations"]
    assert (durations["count"], durations["minimum"], durations["maximum"]) == (LINES, 0, 999)
    assert durations["average"] == pytest.approx(499.5)
    assert durations["p95"] == pytest.approx(950, abs=2)
    [row] = found["patterns"]
    assert (row["pattern"], row["count"], row["new"]) == ("no answer after <n> s from <address>", LINES // 5, True)
