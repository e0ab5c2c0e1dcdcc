"""The spec's promises of who is told: no alert of the stack breaks one, whatever the routes have become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.validate.work import Skip
from rules.groups import all_alerts
from rules.routing import reached, takes
from spec.names import ENVIRONMENT, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

PROMISES = "routes/promises"


def promises(work: Work) -> Iterator[Problem]:
    """Every alert that a promise is about reaches those whom it names, in every environment that the spec knows."""
    spec = work.stack.spec
    given = spec.notification.must_reach
    if not given:
        raise Skip("notification.must_reach promises nothing")
    alerts = [{"alertname": rule.alert, **rule.labels} for rule in all_alerts(work.stack) if rule.alert != WATCHDOG]
    for index, promise in enumerate(given):
        about = [
            {ENVIRONMENT: environment, **labels}
            for environment in dict.fromkeys((spec.environment, *spec.overlays))
            for labels in alerts
            if takes(promise.when, {ENVIRONMENT: environment, **labels})
        ]
        path = ("notification", "must_reach", index)
        if not about:
            hint = "correct its conditions, or remove it"
            yield work.problem((*path, "when"), "the promise is about no alert", hint, id=PROMISES, level="warning")
        for labels in about:
            absent = [name for name in promise.to if name not in reached(spec.notification, labels)]
            if absent:
                alert = f"{labels['alertname']} of {labels['service']} in {labels[ENVIRONMENT]}"
                message = f"the promise {promise.name!r} is broken: {alert} does not reach {', '.join(absent)}"
                yield work.problem(path, message, "change a route, or the promise", id=PROMISES)
                break
