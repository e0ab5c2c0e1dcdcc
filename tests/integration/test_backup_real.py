"""A backup as docs/operations.md says: unpacked beside the same spec, the stack goes on with what it had."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.integration.observed import until
from tests.integration.working_copy import DEBIANS, WHOLE, Copy, need_all

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow]
need_all(*DEBIANS)

BACKED_UP = ("secrets", "var/native/data")
OLDEST = "min(min_over_time(timestamp(up)[1h:1s]))"


def ask(copy: Copy, component: str, port: int, path: str, **given: Any) -> Any:
    """An answer of a component of the stack, asked with its password."""
    login = ("specola", copy.secrets()[f"{component}-password"])
    url = f"http://127.0.0.1:{copy.port(port)}{path}"
    return requests.request("POST" if "json" in given else "GET", url, auth=login, timeout=10, **given).json()


def oldest(copy: Copy) -> float:
    """When the first measurement was made that Prometheus has; infinity when it has none."""
    found = ask(copy, "prometheus", 9090, "/api/v1/query", params={"query": OLDEST})["data"]["result"]
    return float(found[0]["value"][1]) if found else float("inf")


def silence() -> dict[str, Any]:
    matcher = {"name": "service", "value": "tug", "isRegex": False, "isEqual": True}
    times = {"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z"}
    return {"matchers": [matcher], **times, "createdBy": "a person", "comment": "by hand"}


def test_measurements_silences_and_passwords_come_back(tmp_path: Path) -> None:
    first, second = (Copy.at(tmp_path / name, *WHOLE, "pace=10") for name in ("first", "second"))
    second.offset = first.offset
    backup = str(tmp_path / "backup.tar.gz")
    try:
        assert first.up("prometheus", "alertmanager").code == 0
        until(lambda: oldest(first) < time.time(), 30)
        made = ask(first, "alertmanager", 9093, "/api/v2/silences", json=silence())["silenceID"]
        before = oldest(first)
        assert first.run("down").code == 0
        subprocess.run(("tar", "-czf", backup, *BACKED_UP), cwd=first.root, check=True)
    finally:
        first.end()
    subprocess.run(("tar", "-xzf", backup), cwd=second.root, check=True)
    try:
        assert second.up("prometheus", "alertmanager").code == 0
        until(lambda: oldest(second) == pytest.approx(before, abs=1), 30)
        assert [one["id"] for one in ask(second, "alertmanager", 9093, "/api/v2/silences")] == [made]
    finally:
        second.end()
