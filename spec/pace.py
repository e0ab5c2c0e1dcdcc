"""A faster clock for drills: every interval, window and wait of the stack divided by one number.

Thresholds stay what they are, and so do names of objectives' records, which say the nominal window. Nothing becomes
shorter than a second, and no window shorter than four scrapes. Routes are not muted: a drill on a Sunday must be heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.scalars import Duration

if TYPE_CHECKING:
    from spec.alert import Alert
    from spec.logs import LogAlert
    from spec.root import StackSpec

SECOND = Duration(1000)
SHORTEST_SCRAPE = Duration(2000)
"""At a faster pace targets are asked no more often: on a busy machine an answer may take a second and more, and a
target that did not answer in time looks as if it was down."""
SLOW = Duration.parse("1m")
LONGEST_PAST = Duration(20_000)
"""At a faster pace a forecast looks back no further: a fault would otherwise take days to pass."""
SHORTEST_RATE = Duration(10_000)
"""At a faster pace objectives count events over no less: in few seconds whole events are noise, which burns budgets."""
LONGEST_FOR = Duration(30_000)
"""At a faster pace no alert waits longer than this: a few hours' `for` would decide how long a drill takes."""

LONGEST_KNOWN = Duration(30_000)
"""At a faster pace no objective has to be known for longer before its burning counts: a drill may follow a start."""


def faster(duration: Duration, pace: float) -> Duration:
    """The duration at this pace, in whole seconds (the rest is dropped) and at least one; nothing stays nothing."""
    if pace == 1 or not duration.ms:
        return duration
    return Duration(max(SECOND.ms, int(duration.ms / pace / 1000) * 1000))


def scraped(interval: Duration, pace: float) -> Duration:
    """How often a target is asked at this pace, which is also how long it may take to answer."""
    return interval if pace == 1 else max(faster(interval, pace), min(interval, SHORTEST_SCRAPE))


def slow_interval(pace: float, evaluation: Duration) -> Duration:
    """How often rules are evaluated whose values change slowly: objectives, forecasts, what only panels read."""
    return max(faster(SLOW, pace), evaluation)


def counting(duration: Duration, pace: float) -> Duration:
    """The shortest window of objectives at this pace."""
    return duration if pace == 1 else max(faster(duration, pace), SHORTEST_RATE)


def known(duration: Duration, pace: float) -> Duration:
    """For how long an objective has to be known at this pace."""
    return duration if pace == 1 else min(faster(duration, pace), LONGEST_KNOWN)


def perhaps_scraped(interval: Duration | None, pace: float) -> Duration | None:
    """The same for an interval that may not be given."""
    return None if interval is None else scraped(interval, pace)


def perhaps(duration: Duration | None, pace: float) -> Duration | None:
    """The same for a duration that may not be given."""
    return None if duration is None else faster(duration, pace)


def paced(spec: StackSpec) -> StackSpec:
    """The spec with its defaults and waits at its pace; services follow when they are resolved."""
    pace = spec.pace
    if pace == 1:
        return spec
    given = spec.defaults
    defaults = given.model_copy(
        update={
            **{name: scraped(getattr(given, name), pace) for name in ("interval", "timeout")},
            **{name: faster(getattr(given, name), pace) for name in ("evaluation", "window")},
        }
    )
    notification = spec.notification
    grouping = notification.grouping.model_copy(
        update={name: faster(getattr(notification.grouping, name), pace) for name in ("wait", "interval")}
    )
    routes = tuple(
        route.model_copy(
            update={"wait": perhaps(route.wait, pace), "interval": perhaps(route.interval, pace), "mute": ()}
        )
        for route in notification.routes
    )
    told = notification.model_copy(update={"grouping": grouping, "routes": routes})
    return spec.model_copy(update={"defaults": defaults, "notification": told})


def paced_alert(alert: Alert, pace: float) -> Alert:
    """An alert with its times at this pace."""
    if pace == 1:
        return alert
    keep = perhaps(alert.keep_firing_for, pace)
    return alert.model_copy(update={"for_": min(faster(alert.for_, pace), LONGEST_FOR), "keep_firing_for": keep})


def paced_log_alert(alert: LogAlert, pace: float) -> LogAlert:
    """A log alert with its times at this pace; its window holds at least ten seconds of lines."""
    if pace == 1:
        return alert
    window = max(faster(alert.window, pace), Duration(10_000))
    return alert.model_copy(update={"for_": faster(alert.for_, pace), "window": window})
