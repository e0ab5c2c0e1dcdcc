"""What is drilled: an alert, the fault that brings it about, whom it must reach, and how soon at best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose.drill import mishaps
from compose.silences import silenced
from rules.faults import faults
from rules.groups import all_alerts, groups
from rules.routing import reached, waits
from spec.names import ENVIRONMENT, LOGS_PART, OWN_SERVICE
from spec.objectives import PAIRS, SHORTEST, SPEEDS, burn_alert, pairs
from spec.pace import counting, faster
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compose.silences import Laid
    from rules.faults import Fault
    from rules.rule import Alerting
    from spec.scalars import Duration
    from spec.stack import Stack, Watched

LOGS, CROWD = "logs", "crowd"
PORTS = ""
"""Stands for everything of a service: a closed port touches all of it."""


@dataclass(frozen=True)
class Case:
    """One alert to drill. `floor` is in seconds: scrape, evaluation, `for` and group wait, one after the other.

    `lasting` is how long its values need to be on the wrong side (and then to come back): the window it is read over.
    """

    service: str
    alert: str
    labels: Mapping[str, str]
    receivers: tuple[str, ...]
    touches: frozenset[str]
    floor: float
    lasting: float
    in_loki: bool = False
    brief: bool = False
    """Whether its fault ends as soon as it fires. A budget that burns slowly is told only when the alert on its burning
    fast, which the fault sets off too, is over: that one silences it."""
    unended: frozenset[str] = frozenset()
    """Receivers that are not told of the end."""

    @property
    def seconds(self) -> float:
        """How long it takes at least to be told, and to be over again."""
        return self.floor + self.lasting

    @property
    def name(self) -> str:
        return f"{self.service}/{self.alert}"


def audible(
    cases: Iterable[Case], laid: Sequence[Laid], firing: frozenset[str] = frozenset()
) -> tuple[tuple[Case, ...], tuple[Untried, ...]]:
    """Those that somebody will be told of; those that a silence in force keeps quiet or that fire without any fault."""
    heard, quiet = [], []
    for case in cases:
        silence = silenced(laid, case.labels)
        if case.name in firing:
            quiet.append(Untried(case.name, "it fires already, without any fault"))
        elif silence is None:
            heard.append(case)
        else:
            whose = silence.name or f"of {silence.by}"
            quiet.append(Untried(case.name, f"the silence {whose} holds until {silence.ends:%Y-%m-%d %H:%M} UTC"))
    return tuple(heard), tuple(quiet)


@dataclass(frozen=True)
class Untried:
    """An alert that is not drilled, and why."""

    name: str
    why: str


def cases(
    stack: Stack, has_loki: bool, absent: frozenset[str] = frozenset()
) -> tuple[tuple[Case, ...], tuple[Untried, ...]]:
    """Every alert that a fault of the simulator or a mishap brings about, and those that none does.

    `absent` components are not here.
    """
    known = {(s.name, fault.alert): fault for s in stack.services for fault in faults(s)}
    logged = {(s.name, bound.alert.name) for s in stack.services for bound in s.log_alerts}
    watching = ((s.name, bound) for s in stack.services for bound in s.alerts)
    from_lines = {(name, bound.alert.name) for name, bound in watching if bound.indicator.part.name == LOGS_PART}
    found: list[Case] = []
    untried: list[Untried] = []
    for rule in (*all_alerts(stack), *_log_rules(stack)):
        key = (rule.service, rule.alert)
        if rule.service == OWN_SERVICE:
            touched = mishaps.touched(rule.alert)
            if touched and touched.isdisjoint(f"component {name}" for name in absent):
                found.append(_case(stack, rule, touched, in_loki=False))
            else:
                untried.append(Untried(f"{rule.service}/{rule.alert}", mishaps.why_not(rule.alert)))
        elif key not in known:
            untried.append(Untried(f"{rule.service}/{rule.alert}", _why(rule)))
        elif key in logged | from_lines and not has_loki:
            untried.append(Untried(f"{rule.service}/{rule.alert}", "Loki or Alloy does not run here"))
        else:
            found.append(_case(stack, rule, _touched(stack.by_name[rule.service], known[key]), key in logged))
    return tuple(found), tuple(untried)


def _log_rules(stack: Stack) -> tuple[Alerting, ...]:
    from rules.log_alerts import log_alerting

    return tuple(rule for service in stack.services for rule in log_alerting(stack, service))


def _why(rule: Alerting) -> str:
    if isinstance(rule.source, BoundAlert) and hasattr(rule.source.indicator.spec, "anomaly"):
        return "an anomaly needs days of history"
    if rule.alert == "TargetDown":
        return "its only target is the service itself, and ServiceDown silences it"
    return "no fault of the simulator brings it about"


def _case(stack: Stack, rule: Alerting, touched: frozenset[str], in_loki: bool) -> Case:
    labels = {**rule.labels, "alertname": rule.alert, ENVIRONMENT: stack.spec.environment}
    told = reached(stack.spec.notification, labels)
    wait = waits(stack.spec.notification, labels)
    floor, lasting = _floor(stack, rule) + wait + _growing(rule), _lasting(rule, stack.spec.pace)
    quiet = frozenset(name for name in told if not stack.spec.notification.receivers[name].resolved)
    brief = _burns_slowly(rule)
    if brief:
        fast = max(faster(pair.short, stack.spec.pace).seconds for pair in PAIRS if pair.speed == "fast")
        floor += counting(SHORTEST, stack.spec.pace).seconds + fast
    return Case(
        rule.service,
        rule.alert,
        labels,
        told,
        touched,
        floor,
        lasting,
        in_loki,
        brief,
        quiet,
    )


def _burns_slowly(rule: Alerting) -> bool:
    return isinstance(rule.source, BoundObjective) and rule.alert == burn_alert(rule.source, "slow")


def _floor(stack: Stack, rule: Alerting) -> float:
    service = stack.by_name[rule.service]
    scrape = max((job.interval.seconds for job in service.jobs), default=stack.spec.defaults.interval.seconds)
    return scrape + _evaluated(stack, rule).seconds + rule.for_.seconds


def _growing(rule: Alerting) -> float:
    """How long an age takes from nothing to the threshold of its alert: no pace makes it grow faster."""
    mishap = mishaps.MISHAPS.get(rule.alert) if rule.service == OWN_SERVICE else None
    limit = rule.source.alert.above if isinstance(rule.source, BoundAlert) else None
    return limit.value if mishap is not None and mishap.grows and limit else 0.0


def _evaluated(stack: Stack, rule: Alerting) -> Duration:
    """How often the rule is looked at; objectives' groups have an interval of their own."""
    own = None
    if isinstance(rule.source, BoundObjective):
        own = next(group.interval for group in groups(stack) if rule in group.rules)
    return own or stack.spec.defaults.evaluation


def _lasting(rule: Alerting, pace: float) -> float:
    match rule.source:
        case BoundAlert(indicator=indicator):
            keep = rule.keep_firing_for.seconds if rule.keep_firing_for else 0.0
            return indicator.window.seconds + keep
        case BoundLogAlert(alert=alert):
            return alert.window.seconds
        case BoundObjective() as bound:
            speed = next(speed for speed in SPEEDS if burn_alert(bound, speed) == rule.alert)
            return counting(SHORTEST, pace).seconds + max(
                faster(pair.short, pace).seconds for pair in pairs(bound, speed)
            )
        case _:
            return 0.0


def _touched(service: Watched, fault: Fault) -> frozenset[str]:
    """What of a service a fault changes: metrics, paths, log categories, or all of it."""
    if PORTS in fault.down:
        return frozenset({PORTS})
    metrics = {sample.metric for sample in fault.series}
    paths = {effect.path if effect.status else f"{effect.path} slow" for effect in fault.endpoints}
    gone = {name for part in service.parts if part.name in fault.down for name in part.metrics}
    return frozenset(metrics | paths | gone | ({LOGS} if fault.logs else set()) | ({CROWD} if fault.crowd else set()))
