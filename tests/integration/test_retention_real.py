"""Loki deletes each stream when the spec says so: seen on a real Loki whose compactor does not wait.

Retention is a day at least, so the lines are pushed with times of some days ago; they are as old for Loki as any.
"""

from __future__ import annotations

import base64
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from generator import loki
from generator.runtime import NATIVE
from tests.integration.observed import ask, need, running, until
from tests.integration.test_loki_real import environment
from tests.offsets import free_offset
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.loki, pytest.mark.slow]
DAY = 86_400
LOGS = {
    "keep": "24h",
    "keep_levels": [{"levels": ["ERROR"], "keep": "30d"}],
    "categories": [{"name": "order"}, {"name": "audit", "keep": "4d"}],
    "alerts": [],
}
KINDS = {
    # Level and category: days that lines are old, and whether they stay.
    ("INFO", "order"): {0: True, 2: False, 5: False},
    ("INFO", "audit"): {0: True, 2: True, 5: False},
    ("ERROR", "order"): {0: True, 2: True, 5: True},
}


def hurried(config: dict[str, Any]) -> dict[str, Any]:
    """The rendered configuration, but for how long its compactor waits; what it keeps is as the spec says."""
    compactor = config["compactor"] | {"compaction_interval": "1s", "retention_delete_delay": "1s"}
    return config | {"compactor": compactor}


def test_each_stream_loses_its_old_lines_and_no_others(tmp_path: Path) -> None:
    stack = small_stack(LOGS, network={"offset": free_offset()})
    path = tmp_path / "loki.yml"
    path.write_text(yaml.safe_dump(hurried(loki.config(stack, NATIVE))))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / loki.CREDENTIALS).write_text(base64.b64encode(b"a:b").decode())
    command = [*need("loki"), f"-config.file={path}", "-config.expand-env=true"]
    url = f"http://127.0.0.1:{stack.port('loki')}"
    data = tmp_path / "data/loki"

    def chunks() -> list[Path]:
        return list(data.glob("chunks/fake/*/*"))

    with running(command, environment(tmp_path), data, f"{url}/ready"):
        push(url)
        assert found(url) == {(level, category, days) for (level, category), kept in KINDS.items() for days in kept}
    # Its end wrote everything to its store, where the compactor sees it; its write-ahead log would read it back.
    shutil.rmtree(data / "wal")
    assert len(chunks()) == sum(len(kept) for kept in KINDS.values())
    expected = {(*kind, days) for kind, kept in KINDS.items() for days, stays in kept.items() if stays}
    with running(command, environment(tmp_path), data, f"{url}/ready"):
        until(lambda: len(chunks()) <= len(expected), 240)
    # It has caches: what it finds when it starts anew is what there is.
    with running(command, environment(tmp_path), data, f"{url}/ready"):
        time.sleep(5)
        assert found(url) == expected
        assert len(chunks()) == len(expected)


def push(url: str) -> None:
    now = time.time_ns()
    for (level, category), kept in KINDS.items():
        # Loki deletes whole chunks. In life a chunk has the lines of a day at most; here each stream has one chunk.
        for days in kept:
            stream = {"service": "shop", "environment": f"days-{days}", "level": level, "category": category}
            values = [[str(now - days * DAY * 10**9 - 60 * 10**9), f"{days} days old"]]
            assert (
                ask(f"{url}/loki/api/v1/push", body={"streams": [{"stream": stream, "values": values}]}).status == 204
            )


def found(url: str) -> set[tuple[str, str, int]]:
    start = str((int(time.time()) - 7 * DAY) * 10**9)
    answer = ask(f"{url}/loki/api/v1/query_range", query='{service="shop"}', start=start, limit="1000")
    if answer.status != 200:
        return set()
    return {
        (stream["stream"]["level"], stream["stream"]["category"], int(line.split()[0]))
        for stream in answer.data["data"]["result"]
        for _, line in stream["values"]
    }
