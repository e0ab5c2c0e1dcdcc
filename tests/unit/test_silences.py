"""Planned silences: what is laid, changed and ended, whose they are, and what they keep quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from compose.fault import Trouble
from compose.silences import PATH, Change, Laid, apply, changes, read, silenced
from rules.inhibition import Condition
from spec.notify import Silence
from tests.unit.played import played
from tests.unit.small_stack import small_stack

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def planned(**changed: Any) -> Silence:
    given = {
        "name": "move",
        "matchers": {"service": "jobs"},
        "owner": "platform",
        "reason": "The jobs move",
        "starts": "2026-03-01T10:00Z",
        "ends": "2026-03-01T18:00Z",
    }
    return Silence.model_validate(given | changed)


def laid(**changed: Any) -> Laid:
    one = Laid(
        "id-1", "specola/move", "The jobs move (platform)", (Condition("service", "=", "jobs"),),
        datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 18, tzinfo=UTC), True,
    )  # fmt: skip
    return replace(one, **changed)


UNTIL = "until 2026-03-01T18:00Z: The jobs move (platform)"
OTHER_END = datetime(2026, 3, 1, 19, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 11, tzinfo=UTC)
NEW = Change("silence", "move", UNTIL, wanted=planned())
KEEP = Change("keep", "move", UNTIL, "id-1")
OVER = {"starts": "2026-02-01T10:00Z", "ends": "2026-02-01T18:00Z"}


@pytest.mark.parametrize(("wanted", "there", "expected"), [
    ((planned(),), (), [NEW]),
    ((planned(),), (laid(),), [KEEP]),
    ((planned(**OVER),), (), []),
    ((), (laid(),), [Change("unsilence", "move", "no longer in the spec", "id-1")]),
    ((planned(**OVER),), (laid(),), [Change("unsilence", "move", "no longer in the spec", "id-1")]),
    ((planned(),), (laid(), laid(id="id-2")), [Change("unsilence", "move", "is there twice", "id-2"), KEEP]),
    ((planned(),), (laid(starts=LATER),), [KEEP]),
    ((planned(),), (laid(ends=OTHER_END),), [Change("change", "move", UNTIL, "id-1", planned())]),
    ((planned(),), (laid(comment="Something else"),), [Change("change", "move", UNTIL, "id-1", planned())]),
    ((planned(),), (laid(matchers=(Condition("service", "=", "shop"),)),),
     [Change("change", "move", UNTIL, "id-1", planned())]),
    ((), (laid(by="ada"),), []),
    ((planned(),), (laid(by="ada"),), [NEW]),
], ids=["new", "kept", "over", "gone", "over but there", "twice", "laid late", "other end", "other reason",
        "other alerts", "a person's", "beside a person's"])  # fmt: skip
def test_what_has_to_change(wanted: tuple[Silence, ...], there: tuple[Laid, ...], expected: list[Change]) -> None:
    assert list(changes(wanted, there, NOON)) == expected


def test_a_start_to_come_counts() -> None:
    tomorrow = {"starts": "2026-03-02T10:00Z", "ends": "2026-03-02T18:00Z"}
    there = laid(starts=datetime(2026, 3, 2, 11, tzinfo=UTC), ends=datetime(2026, 3, 2, 18, tzinfo=UTC), active=False)
    (change,) = changes((planned(**tomorrow),), (there,), NOON)
    assert change.kind == "change"


def told(
    state: str = "active", is_regex: bool = False, is_equal: bool = True, ends: str = "2026-03-01T18:00:00.000Z"
) -> dict[str, Any]:
    return {
        "id": "id-1", "createdBy": "specola/move", "comment": "The jobs move (platform)", "status": {"state": state},
        "startsAt": "2026-03-01T10:00:00.000Z", "endsAt": ends,
        "matchers": [{"name": "service", "value": "jobs", "isRegex": is_regex, "isEqual": is_equal}],
    }  # fmt: skip


def test_what_alertmanager_says_is_read_and_expired_ones_left_out() -> None:
    there = played(small_stack(), alertmanager={PATH: [told(), told("expired"), told("pending", True, False)]})
    first, second = read(there.alertmanager)
    assert first == laid()
    assert (second.active, second.matchers) == (False, (Condition("service", "!~", "jobs"),))


@pytest.mark.parametrize(("labels", "quiet"), [
    ({"service": "jobs"}, True), ({"service": "shop"}, False), ({}, False),
])  # fmt: skip
def test_what_a_silence_keeps_quiet(labels: dict[str, str], quiet: bool) -> None:
    assert (silenced((laid(),), labels) is not None) is quiet
    assert silenced((laid(active=False),), labels) is None


def test_a_new_silence_is_posted_and_one_that_is_changed_is_named() -> None:
    posted: list[dict[str, Any]] = []
    there = played(small_stack(), alertmanager={PATH: lambda body: posted.append(body)})
    apply(there.alertmanager, replace(NEW, wanted=planned(matchers={"service": "jobs|shop"})))
    apply(there.alertmanager, Change("change", "move", UNTIL, "id-1", planned()))
    assert posted[0]["matchers"] == [{"name": "service", "value": "jobs|shop", "isRegex": True, "isEqual": True}]
    assert (posted[0]["createdBy"], posted[0]["comment"]) == ("specola/move", "The jobs move (platform)")
    assert (posted[0]["startsAt"], posted[0]["endsAt"]) == ("2026-03-01T10:00:00+00:00", "2026-03-01T18:00:00+00:00")
    assert ["id" in body for body in posted] == [False, True]


def test_a_refused_silence_is_a_trouble() -> None:
    there = played(small_stack(), alertmanager={})
    with pytest.raises(Trouble, match="the silence move cannot be set: alertmanager answers 404"):
        apply(there.alertmanager, NEW)
    with pytest.raises(Trouble, match="the silence move cannot be set"):
        apply(there.alertmanager, Change("unsilence", "move", "no longer in the spec", "id-1"))


@pytest.mark.parametrize(("times", "message"), [
    ({"starts": "2026-03-01T18:00Z"}, "ends before it starts"),
    ({"ends": "2026-02-30T18:00Z"}, "no such day or time"),
])  # fmt: skip
def test_a_silence_must_end_after_it_starts(times: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        planned(**times)
