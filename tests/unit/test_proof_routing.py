"""Promises of the notification: what is lost, what silences too much or nothing, what is mute at the wrong time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from generator.alertmanager import config
from generator.runtime import RUNTIMES
from rules.inhibition import Condition, Rule
from rules.proof import routing
from spec.notify import MuteInterval
from tests.golden.small import ENVIRONMENTS, small

if TYPE_CHECKING:
    from spec.stack import Stack

PAGES = 0
"""The place of the small stack's promise that critical alerts wake somebody."""


def changed(stack: Stack, **fields: object) -> Stack:
    """The stack with some of its notification replaced."""
    notification = stack.spec.notification.model_copy(update=fields)
    return replace(stack, spec=stack.spec.model_copy(update={"notification": notification}))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_small_stack_keeps_its_promises(environment: str) -> None:
    stack = small(environment)
    data = config(stack, RUNTIMES[0])
    assert list(routing.broken_promises(stack, routing.routed(stack))) == []
    assert list(routing.broken_inhibitions(stack, routing.read_inhibitions(data["inhibit_rules"]))) == []
    assert list(routing.broken_mutes(stack, data["time_intervals"])) == []


def test_a_route_that_loses_somebody_is_named_with_every_alert() -> None:
    stack = small("production")
    without = tuple(route for route in stack.spec.notification.routes if route.name != "pages")
    broken = list(
        routing.broken_promises(changed(stack, routes=without), routing.routed(changed(stack, routes=without)))
    )
    assert {one.origin for one in broken} == {("notification", "must_reach", PAGES)}
    assert broken[0].message.startswith("in production ")
    assert broken[0].message.endswith(" does not reach pager, sms, as pages-wake promises")


def test_a_promise_about_no_alert_is_no_promise() -> None:
    stack = small("production")
    promise = stack.spec.notification.must_reach[PAGES]
    nobody = promise.model_copy(update={"when": promise.when.model_copy(update={"category": ("weather",)})})
    broken = list(routing.broken_promises(changed(stack, must_reach=(nobody,)), routing.routed(stack)))
    assert [one.message for one in broken] == ["the promise pages-wake is about no alert in production"]


def condition(label: str, value: str) -> Condition:
    return Condition(label, "=", value)


@pytest.mark.parametrize(("rule", "message"), [
    (
        Rule((condition("alertname", "Nothing"),), (condition("severity", "low"),)),
        'an inhibition silences no alert of the stack: alertname="Nothing" over severity="low"',
    ),
    (
        Rule((condition("alertname", "QueueLong"),), (condition("alertname", "JobsStopped"),)),
        "jobs/JobsStopped is critical, but jobs/QueueLong silences it",
    ),
])  # fmt: skip
def test_inhibitions_that_nobody_declared(rule: Rule, message: str) -> None:
    assert [one.message for one in routing.broken_inhibitions(small(), [rule])] == [message]


def test_a_matcher_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a matcher of Alertmanager: severity = critical"):
        routing.read_inhibitions([{"source_matchers": ["severity = critical"], "target_matchers": []}])


NIGHTS = MuteInterval.model_validate(
    {"times": [{"from": "20:00", "to": "07:00", "days": ["friday"]}], "location": "Europe/Rome"}
)


@pytest.mark.parametrize(("moment", "expected"), [
    ("2026-01-16T18:59", False),  # Friday, one hour behind Rome
    ("2026-01-16T19:00", True),
    ("2026-01-17T05:59", True),   # the night belongs to Friday
    ("2026-01-17T06:00", False),
    ("2026-01-17T19:00", False),  # Saturday's does not
    ("2026-07-17T17:59", False),  # summer: two hours behind
    ("2026-07-17T18:00", True),
])  # fmt: skip
def test_a_night_belongs_to_the_day_it_begins_on(moment: str, expected: bool) -> None:
    assert routing.is_mute(NIGHTS, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is expected


def test_an_interval_that_is_mute_at_the_wrong_time_is_named_with_the_first_such_time() -> None:
    stack = small()
    data = config(stack, RUNTIMES[0])["time_intervals"]
    wrong = [{**one, "time_intervals": one["time_intervals"][:1]} if one["name"] == "nights" else one for one in data]
    broken = list(routing.broken_mutes(stack, wrong))
    assert [one.origin for one in broken] == [("notification", "mute_intervals", "nights")]
    assert broken[0].message.startswith("nights is not mute on ")


def test_an_interval_that_was_forgotten_is_named() -> None:
    stack = small()
    names = [one.message for one in routing.broken_mutes(stack, [])]
    assert names == [f"the mute interval {name} was not rendered" for name in ("nights", "weekends", "lunch")]


def test_alerts_are_of_one_kind_unless_labels_or_a_route_tell_them_apart() -> None:
    stack = small()
    tree = {"routes": [{"matchers": ['alertname=~"QueueLong|JobsStopped"'], "routes": [{"matchers": ['team="web"']}]}]}
    names = routing.about_names(tree)
    assert names == (Condition("alertname", "=~", "QueueLong|JobsStopped"),)

    def kind(alert: str, severity: str = "high") -> routing.Kind:
        labels = {"severity": severity, "alertname": alert}
        return routing.kind(replace(routing.routed(stack)[0], labels=labels), names)

    assert kind("Anything") == kind("Else")
    assert kind("QueueLong") == kind("JobsStopped")
    assert kind("QueueLong") != kind("QueueLong", "critical")
    assert kind("QueueLong") != kind("QueueLonger")
