"""Planned silences and a real Alertmanager: laid once, changed in place, ended; people's own are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from compose.clients import Client
from compose.silences import apply, changes, read, silenced
from spec.notify import Silence
from tests.integration.observed import need, running
from tests.offsets import free_offset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
BY_HAND = {"matchers": [{"name": "team", "value": "web", "isRegex": False, "isEqual": True}], "createdBy": "ada"}


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("alertmanager")
    (folder / "alertmanager.yml").write_text(CONFIG)
    url = f"http://127.0.0.1:{9093 + free_offset()}"
    options = [
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
        "--storage.path=data",
    ]
    with running([*need("alertmanager"), "--config.file=alertmanager.yml", *options], {}, folder, f"{url}/-/ready"):
        yield Client("alertmanager", url)


def stamp(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%MZ")


def up(alertmanager: Client, *wanted: Silence) -> list[str]:
    """What `up` does about silences."""
    todo = changes(wanted, read(alertmanager), datetime.now(UTC))
    for change in todo:
        apply(alertmanager, change)
    return [change.kind for change in todo]


def test_silences_are_laid_once_changed_and_ended(alertmanager: Client) -> None:
    def silence(**changed: Any) -> Silence:
        given = {
            "name": "move", "matchers": {"service": "jobs|shop", "severity": "low"}, "owner": "web", "reason": "A move",
            "starts": stamp(-1), "ends": stamp(2),
        }  # fmt: skip
        return Silence.model_validate(given | changed)

    hand = {"startsAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "endsAt": stamp(1), "comment": "by hand"}
    alertmanager.post("/api/v2/silences", BY_HAND | hand)
    planned, tomorrow = silence(), silence(name="later", starts=stamp(24), ends=stamp(25))

    assert up(alertmanager, planned, tomorrow) == ["silence", "silence"]
    assert up(alertmanager, planned, tomorrow) == ["keep", "keep"]
    quiet = silenced(read(alertmanager), {"service": "shop", "severity": "low"})
    assert quiet is not None
    assert quiet.name == "move"
    assert silenced(read(alertmanager), {"service": "shop", "severity": "high"}) is None

    longer = silence(ends=stamp(3))
    assert up(alertmanager, longer, tomorrow) == ["change", "keep"]
    assert up(alertmanager, longer, tomorrow) == ["keep", "keep"]
    assert up(alertmanager, longer) == ["unsilence", "keep"]
    other = silence(ends=stamp(3), matchers={"service": "jobs"})
    assert up(alertmanager, other) == ["change"]
    assert up(alertmanager, other) == ["keep"]
    assert up(alertmanager) == ["unsilence"]
    assert [(one.by, one.comment) for one in read(alertmanager)] == [("ada", "by hand")]
