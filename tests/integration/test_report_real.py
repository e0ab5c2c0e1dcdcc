"""A report of a day that a real Prometheus has measured: raw series laid into its store, recorded by the real rules."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from compose.clients import Clients
from compose.report import forms
from compose.report.make import report
from compose.report.period import Period
from rules.groups import groups
from rules.rule import Recording
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.objectives import ALL, BAD, BUDGET_LEFT, BURN_RATE, EXHAUSTED_IN, error_ratio
from spec.records import recorded
from spec.scalars import Duration
from tests.integration.observed import need, running
from tests.offsets import free_offset
from tests.unit.played_history import DAY, END, HOUR, always, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from spec.stack import Stack
    from tests.unit.played_history import Past

pytestmark = pytest.mark.tools
EXPECTED = Path(__file__).parent / "report.txt"
MINUTE = 60
BEGINNING = END - 2 * DAY
BAD_HOUR, PAUSE = range(END - 6 * HOUR, END - 5 * HOUR), range(END - 10 * HOUR, END - 8 * HOUR)
JOB = 'job="shop",instance="shop:8080",service="shop"'
BUCKETS = (
    (',route="a",le="0.5"', 1.0), (',route="a",le="1.0"', 1.0), (',route="a",le="+Inf"', 1.0),
    (',route="b",le="0.5"', 0.5), (',route="b",le="1.0"', 1.0), (',route="b",le="+Inf"', 1.0),
)  # fmt: skip
"""All of route a are quick, half of route b are not."""
MONTH, AN_HOUR = error_ratio(Duration.parse("30d")), error_ratio(Duration.parse("1h"))


def samples() -> Iterator[str]:
    """A sample a minute. The last day has twice the requests, one bad hour, and jobs that pause."""
    yield from gauge("up", "", lambda _: 1)
    yield from counter("shop_requests_total", ',code="2xx"', lambda time: 10.0 if time > END - DAY else 5.0)
    yield from counter("shop_requests_total", ',code="5xx"', lambda time: 1.0 if time in BAD_HOUR else 0.0)
    yield from counter("shop_jobs_total", ',outcome="done"', lambda time: 0.0 if time in PAUSE else 0.1)
    yield from counter("shop_jobs_total", ',outcome="failed"', lambda time: 0.0)
    yield from gauge("shop_backup_timestamp_seconds", "", lambda time: time - time % DAY)
    yield from gauge("shop_connections", ',state="used"', lambda time: 72 if time in BAD_HOUR else 30)
    yield from gauge("shop_connections", ',state="idle"', lambda time: 28 if time in BAD_HOUR else 70)
    yield from gauge("shop_database_size_bytes", "", lambda time: 300e9 + (time - END) / DAY * 5e9)
    for labels, rate in BUCKETS:
        yield from counter("shop_request_seconds_bucket", labels, always(rate))
    for begun in (END - 5 * HOUR, END - 3 * HOUR):
        for time in range(begun, begun + 30 * MINUTE, 15):
            yield f'ALERTS{{alertname="Slow",alertstate="firing",service="shop",severity="high"}} 1 {time}'


def gauge(name: str, labels: str, value: Callable[[int], float]) -> Iterator[str]:
    for time in range(BEGINNING, END + 1, MINUTE):
        yield f"{name}{{{JOB}{labels}}} {value(time)} {time}"


def counter(name: str, labels: str, rate: Past) -> Iterator[str]:
    total = 0.0
    for time in range(BEGINNING, END + 1, MINUTE):
        total += (rate(time) or 0.0) * MINUTE
        yield f"{name}{{{JOB}{labels}}} {total} {time}"


def test_a_day_is_summed_up_as_it_was(tmp_path: Path) -> None:
    stack = shop(access={"basic_auth": False}, network={"offset": free_offset()})
    with measured(stack, tmp_path):
        found = report(Clients(stack, tmp_path), ("shop",), Period(END - DAY, END))
    assert forms.text(found) == EXPECTED.read_text(encoding="utf-8")


@contextmanager
def measured(stack: Stack, folder: Path) -> Iterator[None]:
    """A Prometheus that has the samples, and what the rules record of them; some read what others record."""
    (folder / "prometheus.yml").write_text("{}")
    url = f"http://127.0.0.1:{stack.port('prometheus')}"
    command = [
        *need("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        "--storage.tsdb.retention.time=50y", f"--web.listen-address={url.removeprefix('http://')}",
    ]  # fmt: skip
    latency = recorded(stack.by_name["shop"].indicators["latency"])
    lay(folder, samples())
    for names in (
        (BAD, ALL, latency, FIRED_SECONDS),
        (MONTH, AN_HOUR, FIRED_TIMES),
        (BUDGET_LEFT, BURN_RATE),
        (EXHAUSTED_IN,),
    ):
        with running(command, {}, folder / "data", f"{url}/-/ready"):
            lay(folder, [line for rule in rules(stack, names) for line in evaluated(url, rule)])
    with running(command, {}, folder / "data", f"{url}/-/ready"):
        yield


def rules(stack: Stack, names: tuple[str, ...]) -> Iterator[Recording]:
    """The stack's rules that record these."""
    for group in groups(stack):
        for rule in group.rules:
            if isinstance(rule, Recording) and rule.record in names and rule.labels.get("service", "shop") == "shop":
                yield rule


def evaluated(url: str, rule: Recording) -> Iterator[str]:
    """What a rule would have recorded, minute by minute."""
    asked = {"query": rule.expr, "start": str(BEGINNING), "end": str(END), "step": str(MINUTE)}
    answer = requests.post(f"{url}/api/v1/query_range", data=asked, timeout=30).json()
    for series in answer["data"]["result"]:
        labels = {name: value for name, value in series["metric"].items() if name != "__name__"} | dict(rule.labels)
        text = ",".join(f'{name}="{value}"' for name, value in labels.items())
        for time, value in series["values"]:
            yield f"{rule.record}{{{text}}} {value} {time}"


def lay(folder: Path, lines: Iterable[str]) -> None:
    """Into the store of a Prometheus that does not run, or starts anew afterwards."""
    (folder / "samples").write_text("\n".join([*lines, "# EOF"]) + "\n")
    words = [
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--max-block-duration=720h",
        str(folder / "samples"),
        str(folder / "data"),
    ]
    subprocess.run([*need("promtool"), *words], check=True, capture_output=True)
