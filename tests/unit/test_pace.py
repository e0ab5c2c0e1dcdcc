"""The faster clock of drills: what becomes shorter, what stays, and what is never too short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.groups import all_alerts
from spec.pace import LONGEST_FOR, SECOND, SHORTEST_SCRAPE, faster, paced, perhaps, scraped
from spec.scalars import Duration
from tests.golden.small import small
from tests.unit.small_stack import small_stack


@pytest.mark.parametrize(("given_", "pace", "expected"), [
    ("5m", 1, "5m"),
    ("5m", 10, "30s"),
    ("5m", 120, "2s"),
    ("10s", 120, "1s"),
    ("15s", 2, "7s"),
    ("100ms", 2, "1s"),
    ("0s", 120, "0s"),
])  # fmt: skip
def test_a_duration_is_divided_into_whole_seconds_and_at_least_one(given_: str, pace: float, expected: str) -> None:
    assert str(faster(Duration.parse(given_), pace)) == expected


@pytest.mark.parametrize(("interval", "pace", "expected"), [
    ("15s", 1, "15s"), ("1s", 1, "1s"), ("1s", 120, "1s"), ("15s", 120, "2s"), ("15s", 3, "5s"), ("10m", 120, "5s"),
])  # fmt: skip
def test_targets_are_not_asked_every_second(interval: str, pace: float, expected: str) -> None:
    assert str(scraped(Duration.parse(interval), pace)) == expected


def test_what_is_not_given_stays_so() -> None:
    assert perhaps(None, 10) is None
    assert perhaps(Duration.parse("1m"), 10) == Duration.parse("6s")


@given(st.integers(0, 10**10), st.floats(1, 1000))
def test_a_faster_clock_never_makes_anything_longer_than_a_second(milliseconds: int, pace: float) -> None:
    duration = Duration(milliseconds)
    quick = faster(duration, pace)
    assert quick <= max(duration, SECOND)
    assert (quick.ms == 0) == (milliseconds == 0)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(1, 1000))
def test_what_was_longer_is_never_shorter_afterwards(one: int, other: int, pace: float) -> None:
    short, long = sorted((Duration(one), Duration(other)))
    assert pace == 1 or faster(short, pace) <= faster(long, pace)


def test_at_its_own_pace_a_stack_is_what_its_spec_says() -> None:
    spec = small_stack().spec
    assert paced(spec) is spec


def test_intervals_windows_waits_and_alerts_follow_the_pace() -> None:
    slow, quick = small_stack(), small_stack(pace=60)
    assert [str(getattr(quick.spec.defaults, name)) for name in ("interval", "timeout", "evaluation", "window")] == [
        "2s", "2s", "1s", "5s",
    ]  # fmt: skip
    assert str(quick.spec.notification.grouping.wait) == "1s"
    assert str(quick.spec.notification.grouping.interval) == "5s"
    assert quick.spec.notification.grouping.repeat == slow.spec.notification.grouping.repeat
    for before, after in zip(all_alerts(slow), all_alerts(quick), strict=True):
        assert after.alert == before.alert
        assert after.for_ == min(faster(before.for_, 60), LONGEST_FOR)
        assert after.labels == before.labels


def test_no_window_is_shorter_than_four_scrapes() -> None:
    for service in small_stack(pace=1000).services:
        longest = max((job.interval for job in service.jobs), default=SHORTEST_SCRAPE)
        for indicator in service.indicators.values():
            assert indicator.window.ms >= 4 * longest.ms, indicator.key


def test_routes_waits_follow_too() -> None:
    routes = {route.name: route for route in paced(small().spec.model_copy(update={"pace": 10.0})).notification.routes}
    assert (str(routes["pages"].wait), str(routes["pages"].interval)) == ("1s", "6s")
    assert routes["sales"].wait is None


def test_thresholds_stay() -> None:
    slow, quick = small_stack(), small_stack(pace=120)
    limits = [[(b.alert.above, b.alert.below) for w in s.services for b in w.alerts] for s in (slow, quick)]
    assert limits[0] == limits[1]
