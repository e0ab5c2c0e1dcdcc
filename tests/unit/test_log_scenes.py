"""What is logged to prove an alert on log lines, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from compose.proof.logs import differs, fires, log_rules
from rules.proof.case import Threshold
from rules.proof.log_scenes import Scene, patience, scenes, threshold
from spec.logs import LogAlert
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from rules.rule import Alerting

BASE = {"name": "Lines", "severity": "high", "summary": "Lines"}


def played(alert: dict[str, Any]) -> tuple[Alerting, tuple[Scene, ...]]:
    stack = small_stack({"alerts": [BASE | alert]})
    (bound,) = stack.by_name["shop"].log_alerts
    (rule,) = log_rules(stack)
    return rule, scenes(stack.by_name["shop"], rule, bound.alert)


def counts(scene: Scene, alert: dict[str, Any], window: float) -> int:
    """How many lines of a scene an alert on errors of the category security counts."""
    asked = {"service": "shop", "level": "ERROR", "category": "security"}
    return sum(
        age <= window and all(dict(lines.labels).get(name) == value for name, value in asked.items())
        and alert["contains"] in lines.text
        for lines in scene.lines for age in lines.ages
    )  # fmt: skip


FULL = {"levels": ["ERROR"], "category": "security", "contains": "refused"}


@pytest.mark.parametrize(("threshold", "expected"), [
    ({"above": "0.5/s"}, [("at the threshold", 150, False), ("above the threshold", 151, True), ("no lines", 0, False)]),
    ({"above": "0/s"}, [("at the threshold", 0, False), ("above the threshold", 1, True), ("in two streams", 2, True),
                        ("no lines", 0, False)]),
    ({"above": "1/m"}, [("at the threshold", 5, False), ("above the threshold", 6, True), ("no lines", 0, False)]),
    ({"below": "1/m"}, [("at the threshold", 5, False), ("below the threshold", 4, True), ("no lines", 0, True)]),
    ({"below": "0"}, [("at the threshold", 1, False), ("no lines", 0, True)]),
])  # fmt: skip
def test_lines_on_either_side_of_the_threshold(
    threshold: dict[str, Any], expected: list[tuple[str, int, bool]]
) -> None:
    _, found = played({**FULL, **threshold})
    assert [(one.name, counts(one, FULL, 300), one.told is not None) for one in found] == expected


def test_strangers_miss_one_thing_each_and_are_louder() -> None:
    _, (under, *_) = played({**FULL, "above": "0.5/s"})
    asked = {"service": "shop", "level": "ERROR", "category": "security"}
    missed = [
        [name for name, value in asked.items() if dict(lines.labels)[name] != value]
        + ([] if "refused" in lines.text else ["text"])
        for lines in under.lines
        if len(lines.ages) > 151 and max(lines.ages) < 300
    ]
    assert missed == [["service"], ["level"], ["category"], ["text"]]


def test_a_longer_window_would_count_what_is_gone() -> None:
    _, (under, *_) = played({**FULL, "above": "0.5/s"})
    assert counts(under, FULL, 300) == 150
    assert counts(under, FULL, 310) > 300


def test_lines_come_in_two_streams_all_over_the_window() -> None:
    _, (_, over, _) = played({**FULL, "above": "0.5/s"})
    assert len({lines.labels for lines in over.lines}) == 2
    ages = [age for lines in over.lines for age in lines.ages]
    assert (min(ages), max(ages)) == (5, 240)


@pytest.mark.parametrize("limit", ["0", "1/m"])
def test_where_lines_are_missed_a_shorter_window_would_miss_those_that_are_there(limit: str) -> None:
    _, found = played({**FULL, "below": limit})
    assert [counts(scene, FULL, 150) for scene in found] == [0] * len(found)
    assert counts(found[-1], FULL, 310) > 1


@pytest.mark.parametrize(("limit", "expected"), [
    ({"above": "0.5/s"}, Threshold(0.5, 149.5 / 300, 151.5 / 300, exact=True)),
    ({"above": "0.501/s"}, Threshold(0.501, 149.5 / 300, 151.5 / 300)),
    ({"below": "1/m"}, Threshold(0.016666666667, 3.5 / 300, 5.5 / 300, exact=True)),
    ({"below": "0"}, Threshold(0.0, -0.5 / 300, 1.5 / 300)),
])  # fmt: skip
def test_the_next_thresholds_are_those_on_which_a_scene_does_not_agree(
    limit: dict[str, str], expected: Threshold
) -> None:
    assert threshold(LogAlert.model_validate({**BASE, **limit})) == expected


@pytest.mark.parametrize(("window", "expected"), [("5m", 60), ("1m", 30)])
def test_no_line_leaves_the_window_while_loki_is_asked(window: str, expected: float) -> None:
    assert patience(LogAlert.model_validate({**BASE, "above": "1/s", "window": window})) == expected


def test_the_value_is_told() -> None:
    _, (_, few, none) = played({**FULL, "below": "1/m"})
    assert few.told is not None
    assert none.told is not None
    assert few.told["description"] == "Lines a second over 5m: 13.33m (alerts below 1/m)."
    assert none.told["description"] == "Lines a second over 5m: 0 (alerts below 1/m)."


def loaded(rule: Alerting, **changes: Any) -> dict[str, Any]:
    """The rule as Loki's ruler tells it."""
    known = {
        "name": rule.alert, "health": "ok", "duration": rule.for_.seconds, "labels": dict(rule.labels),
        "annotations": dict(rule.annotations), "alerts": [], "lastEvaluation": "2026-03-01T12:00:02.5Z",
    }  # fmt: skip
    return known | changes


def test_another_rule_or_a_broken_one_is_not_taken_for_ours() -> None:
    rule, _ = played({"above": "1/s"})
    assert differs(rule, loaded(rule)) == ""
    assert differs(rule, loaded(rule, health="err", lastError="parse error")) == "Loki cannot evaluate it: parse error"
    assert differs(rule, loaded(rule, duration=60)).startswith("Loki has loaded another rule: ('Lines', 60, ")


def test_exactly_the_alert_of_the_scene_is_right() -> None:
    rule, (under, over, none) = played({"above": "1/s", "for": "5m"})
    assert over.told is not None
    alert = {
        "state": "pending", "labels": {"alertname": "Lines", **rule.labels}, "annotations": dict(over.told),
        "activeAt": "2026-03-01T12:00:01.123456789Z",
    }  # fmt: skip
    firing = loaded(rule, alerts=[alert])
    assert fires(over, rule, firing) == ""
    assert fires(none, rule, loaded(rule)) == ""
    assert fires(over, rule, loaded(rule)) == "0 alerts instead of one"
    assert fires(under, rule, firing) == "fires: Lines a second over 5m: 1.003 (alerts above 1/s)."
    wrong = loaded(rule, alerts=[{**alert, "state": "firing"}])
    assert fires(over, rule, wrong).startswith("('firing', ")
    for state, since, right in (
        ("firing", "11:54:00", True), ("pending", "11:54:00", False), ("pending", "11:55:10", True),
        ("firing", "11:55:10", False), ("pending", "11:55:01", True), ("firing", "11:55:01", True),
    ):  # fmt: skip
        old = loaded(rule, alerts=[{**alert, "state": state, "activeAt": f"2026-03-01T{since}Z"}])
        assert (fires(over, rule, old) == "") is right, (state, since)
