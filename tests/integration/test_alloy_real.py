"""From a line in a file to an answer of Loki: what arrives, under which labels, and what never leaves."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from generator import alloy, loki
from generator.runtime import RUNTIMES, Runtime
from tests.integration.observed import ask, need, running, until, write
from tests.integration.test_loki_real import environment
from tests.offsets import free_offset
from tests.unit.small_stack import LOGS, SHOP, small_stack
from tests.unit.test_redaction import ORDINARY, PLANTED, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.alloy, pytest.mark.loki]
SAMPLE = [{"levels": ["INFO"], "category": "audit", "keep": 0.1}]
IBAN = [{"name": "iban", "pattern": "(?i)(SE|DE)[0-9]{20}"}]
SHAPES: dict[str, dict[str, Any]] = {
    "json": {},
    "text": {"format": "text", "multiline": r"^\d{4}-", "categories": [], "metadata": []},
    "limited and sampled": {"limit": "1MB", "sample": [*SAMPLE, {"keep": 0.5}], "redact_patterns": IBAN},
    "nothing but a path": {"redact": [], "drop": [], "metadata": [], "categories": []},
}


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
@pytest.mark.parametrize("simulated", [True, False], ids=["simulated", "deployed"])
@pytest.mark.parametrize("logs", SHAPES.values(), ids=SHAPES)
def test_alloy_accepts_the_configuration_and_has_nothing_to_format(
    logs: dict[str, Any], simulated: bool, runtime: Runtime, tmp_path: Path
) -> None:
    write(alloy.render(small_stack(logs, simulation={"enabled": simulated})), tmp_path)
    path = str(tmp_path / runtime.folder / "alloy/config.alloy")
    for words in (["fmt", "--test"], ["validate", alloy.STABILITY]):
        done = subprocess.run([*need("alloy"), *words, path], capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, ""), words


class Way:
    """Files of a service and of the stack's own programs, and the Loki at their other end."""

    def __init__(self, url: str, logs: Path, own: Path) -> None:
        self.url, self.logs, self.own = url, logs, own

    def lines(self, query: str) -> list[tuple[dict[str, str], str]]:
        """Labels and metadata, and the line."""
        answer = ask(f"{self.url}/loki/api/v1/query_range", query=query, limit="5000", direction="forward")
        streams = answer.data["data"]["result"] if answer.status == 200 else []
        return [(stream["stream"], line) for stream in streams for _, line in stream["values"]]

    def after(self, query: str, count: int) -> list[tuple[dict[str, str], str]]:
        until(lambda: len(self.lines(query)) >= count, 60)
        return self.lines(query)


def entry(level: str, category: str, message: str, **more: object) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"timestamp": now, "level": level, "category": category, "message": message, **more})


def append(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Alloy is there first: Loki's absence must lose nothing."""
    root = tmp_path_factory.mktemp("alloy")
    shop = SHOP | {"logs": LOGS | {"redact_patterns": IBAN, "sample": SAMPLE}}
    till = SHOP | {"service": "till", "logs": {"path": "/var/log/till.log", **SHAPES["text"]}}
    stack = small_stack(
        services={"shop": shop, "till": till}, network={"offset": free_offset()}, simulation={"enabled": True},
        environment="test",
    )  # fmt: skip
    write((*alloy.render(stack), *loki.render(stack)), root / "build")
    logs, own = root / "logs", root / "log"
    append(logs / "shop/shop.log", entry("INFO", "order", "written before anybody looked"))
    agent = [
        *need("alloy"), "run", f"{root}/build/native/alloy/config.alloy", f"--storage.path={root}/data/alloy",
        f"--server.http.listen-addr=127.0.0.1:{stack.port('alloy')}", *alloy.FLAGS,
    ]  # fmt: skip
    store = [*need("loki"), f"-config.file={root}/build/native/loki/loki.yml", "-config.expand-env=true"]
    env = {
        "SPECOLA_LOGS": str(logs), "SPECOLA_COMPONENT_LOGS": str(own), "SPECOLA_MISSED_LOGS": str(root / "missed"),
    }  # fmt: skip
    url = f"http://127.0.0.1:{stack.port('loki')}"
    with ExitStack() as programs:
        programs.enter_context(
            running(agent, env, root / "data/alloy", f"http://127.0.0.1:{stack.port('alloy')}/-/ready")
        )
        time.sleep(2)
        programs.enter_context(running(store, environment(root), root / "data/loki", f"{url}/ready"))
        yield Way(url, logs, own)


def test_what_was_written_while_loki_was_away_arrives(way: Way) -> None:
    [(labels, _)] = way.after('{service="shop"} |= "before anybody looked"', 1)
    assert labels["level"] == "INFO"


def test_lines_have_few_labels_and_the_rest_as_metadata(way: Way) -> None:
    append(
        way.logs / "shop/shop.log", entry("warn", "order", "labelled", request_id="r-42", duration_ms=12.5, other="x")
    )
    [(labels, line)] = way.after('{service="shop"} |= "labelled"', 1)
    assert labels == {
        "service": "shop", "service_name": "shop", "environment": "test", "level": "WARNING", "category": "order",
        "request_id": "r-42", "duration_ms": "12.5", "filename": str(way.logs / "shop/shop.log"),
    }  # fmt: skip
    assert json.loads(line)["other"] == "x"
    names = ask(f"{way.url}/loki/api/v1/labels").data["data"]
    assert set(names) <= {"service", "service_name", "environment", "level", "category"}


def test_a_line_keeps_its_own_time(way: Way) -> None:
    moment = datetime.now(UTC).replace(microsecond=123_000)
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    append(way.logs / "shop/shop.log", json.dumps({"timestamp": stamp, "level": "INFO", "message": "timed"}))
    way.after('{service="shop"} |= "timed"', 1)
    answer = ask(f"{way.url}/loki/api/v1/query_range", query='{service="shop"} |= "timed"').data
    assert int(answer["data"]["result"][0]["values"][0][0]) // 1_000_000 == round(moment.timestamp() * 1000)


def test_nobody_can_make_labels_many(way: Way) -> None:
    lines = [entry(f"LEVEL{n}", f"category-{n}", "invented") for n in range(5)]
    append(way.logs / "shop/shop.err", *lines, "no JSON at all, invented")
    found = way.after('{service="shop"} |= "invented"', 6)
    assert {(labels["level"], labels["category"]) for labels, _ in found} == {("UNKNOWN", "other")}


def test_planted_secrets_never_arrive_and_the_rest_arrives_as_it_was(way: Way) -> None:
    planted = [f"planted-{n} {line}" for n, (_, line, _) in enumerate(PLANTED)]
    fields = [entry("INFO", "order", "planted", request_id=line) for _, line, _ in PLANTED]
    ordinary = [f"planted-not {line}" for line in ORDINARY]
    plain = [line for line in planted if "\n" not in line]
    append(way.logs / "shop/shop.err", *plain, *fields, *ordinary, "planted iban se45500000000583982574")
    found = way.after('{service="shop"} |= "planted"', len(plain) + len(fields) + len(ordinary) + 1)
    everything = json.dumps(found, ensure_ascii=False)
    secrets = {secret for _, line, secret in PLANTED if len(secret) > 5 and not secret.isalpha()}
    assert [secret for secret in secrets if secret in everything] == []
    assert "0583982574" not in everything
    arrived = {line for _, line in found}
    assert {redacted(line) for line in (*plain, *ordinary)} - arrived == set()


def test_levels_that_nobody_wants_stay_and_some_lines_are_sampled(way: Way) -> None:
    lines = [entry("DEBUG", "order", "sifted")] * 5 + [entry("INFO", "audit", f"sifted {n}") for n in range(200)]
    append(way.logs / "shop/shop.log", *lines, entry("ERROR", "audit", "sifted to the end"))
    way.after('{service="shop"} |= "sifted to the end"', 1)
    found = way.lines('{service="shop"} |= "sifted"')
    assert not any(labels["level"] == "DEBUG" for labels, _ in found)
    assert 2 <= len(found) <= 60


def test_rotation_loses_nothing(way: Way) -> None:
    path = way.logs / "shop/shop.log"
    for turn in range(3):
        append(path, *(entry("INFO", "order", f"rotated {turn}-{n}") for n in range(50)))
        time.sleep(1)
        append(path, entry("INFO", "order", f"rotated {turn}-last"))
        os.replace(path, path.with_name(f"shop.log.{3 - turn}"))  # noqa: PTH105 - as a service does it
    append(path, entry("INFO", "order", "rotated at last"))
    found = way.after('{service="shop"} |= "rotated"', 154)
    assert len({json.loads(line)["message"] for _, line in found}) == 154


def test_the_stack_s_own_programs_are_heard(way: Way) -> None:
    append(way.own / "prometheus.log", 'time=2026-01-01 level=WARN source=head.go msg="own line, password=hunter2"')
    append(way.own / "redis.log", "123:M own line without a level")
    found = way.after('{service="monitoring"} |= "own line"', 2)
    told = {(labels["component"], labels["level"]) for labels, _ in found}
    assert told == {("prometheus", "WARNING"), ("redis", "UNKNOWN")}
    assert all("hunter2" not in line for _, line in found)


def test_a_stack_trace_stays_whole_and_tells_its_level_and_time(way: Way) -> None:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds").replace(".", ",")
    trace = ["Traceback (most recent call last):", '  File "till.py", line 4', "ValueError: no coins, pwd=hunter2"]
    append(way.logs / "till/till.log", f"{now} ERROR till failed", *trace, f"{now} INFO till open")
    found = way.after('{service="till"}', 2)
    assert {(labels["level"], line.count("\n")) for labels, line in found} == {("ERROR", 3), ("INFO", 0)}
    [(labels, line)] = [entry for entry in found if entry[0]["level"] == "ERROR"]
    assert line.endswith("no coins, pwd=<redacted:password>")
    assert "category" not in labels


def test_the_examples_are_those_of_the_small_stack() -> None:
    assert set(LOGS["redact"]) >= {kind for kind, _, _ in PLANTED}
