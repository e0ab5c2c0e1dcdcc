"""Every alert of a stack as Alertmanager would see it: what routes, inhibitions and silences can match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.groups import all_alerts
from rules.rule import Alerting
from spec.names import ENVIRONMENT, STACK
from spec.stack import once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.validate.work import Work
    from spec.stack import Stack


def alerts(work: Work) -> tuple[Mapping[str, str], ...]:
    """The labels of every alert in every environment that the spec knows, log alerts included."""
    return _alerts(work.stack)


@once
def _alerts(stack: Stack) -> tuple[Mapping[str, str], ...]:
    from rules.log_alerts import log_groups

    spec = stack.spec
    on_logs = (rule for group in log_groups(stack) for rule in group.rules if isinstance(rule, Alerting))
    kinds = {
        tuple(sorted({"alertname": rule.alert, **rule.labels}.items())): None for rule in (*all_alerts(stack), *on_logs)
    }
    return tuple(
        {**dict(kind), **spec.labels, STACK: spec.stack, ENVIRONMENT: environment}
        for environment in dict.fromkeys((spec.environment, *spec.overlays))
        for kind in kinds
    )
