"""What is drilled: an alert, the fault that brings it about, whom it must reach, and how soon at best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose.drill import mishaps
from compose.drill.times import floor, lasting, spell
from compose.silences import silenced
from rules import inhibition
from rules.beside import beside
from rules.faults import faults
from rules.groups import all_alerts
from rules.routing import reached, waits
from spec.names import ENVIRONMENT, LOGS_PART, OWN_SERVICE
from spec.stack import BoundAlert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compose.silences import Laid
    from rules.faults import Fault
    from rules.rule import Alerting
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
    spell: float | None = None
    """For how many seconds its fault goes on once it fires, where that is not until people are told: the fault sets off
    another alert, too, which silences this one, and is over sooner. Of a budget that burns slowly people are told only
    when it does not burn fast any more."""
    unended: frozenset[str] = frozenset()
    """Receivers that are not told of the end."""
    shakes: bool = False
    """Whether whatever else is drilled meanwhile is told late."""

    @property
    def seconds(self) -> float:
        """How long it takes at least to be told, and to be over again."""
        return self.floor + self.lasting

    @property
    def brief(self) -> bool:
        """Whether its fault ends before people are told."""
        return self.spell is not None

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
            quiet.append(Untried(case.name, "it fires without any fault"))
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
    drowned = _drowned(stack, known)
    found: list[Case] = []
    untried: list[Untried] = []
    for rule in (*all_alerts(stack), *_log_rules(stack)):
        key = (rule.service, rule.alert)
        if rule.service == OWN_SERVICE:
            touched = mishaps.touched(rule.alert)
            if touched and touched.isdisjoint(f"component {name}" for name in absent):
                found.append(_case(stack, rule, touched))
            else:
                untried.append(Untried(f"{rule.service}/{rule.alert}", mishaps.why_not(rule.alert)))
        elif key not in known:
            untried.append(Untried(f"{rule.service}/{rule.alert}", _why(rule)))
        elif key in logged | from_lines and not has_loki:
            untried.append(Untried(f"{rule.service}/{rule.alert}", "Loki or Alloy does not run here"))
        else:
            touched = _touched(stack.by_name[rule.service], known[key])
            found.append(_case(stack, rule, touched, key in logged, key in drowned))
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


def _drowned(stack: Stack, known: Mapping[tuple[str, str], Fault]) -> frozenset[tuple[str, str]]:
    """Those whose own fault sets off an alert that silences them, and is over sooner than they."""
    rules = {(rule.service, rule.alert): rule for rule in all_alerts(stack)}
    inhibitions, pace = tuple(inhibition.rules(stack)), stack.spec.pace

    def drowns(loud: Alerting, quiet: Alerting) -> bool:
        labels = _labels(stack, loud), _labels(stack, quiet)
        sooner = lasting(loud, pace) < lasting(quiet, pace)
        return sooner and any(inhibition.silences(one, *labels) for one in inhibitions)

    return frozenset(
        key
        for key, fault in known.items()
        for other in beside(stack.by_name[key[0]], fault)
        if {key, (key[0], other.alert.name)} <= rules.keys() and drowns(rules[key[0], other.alert.name], rules[key])
    )


def _labels(stack: Stack, rule: Alerting) -> dict[str, str]:
    return {**rule.labels, "alertname": rule.alert, ENVIRONMENT: stack.spec.environment}


def _case(stack: Stack, rule: Alerting, touched: frozenset[str], in_loki: bool = False, drowned: bool = False) -> Case:
    labels = _labels(stack, rule)
    told = reached(stack.spec.notification, labels)
    quiet = frozenset(name for name in told if not stack.spec.notification.receivers[name].resolved)
    return Case(
        rule.service,
        rule.alert,
        labels,
        told,
        touched,
        floor(stack, rule) + waits(stack.spec.notification, labels),
        lasting(rule, stack.spec.pace),
        in_loki,
        0.0 if drowned else spell(rule, stack.spec.pace),
        quiet,
        rule.service == OWN_SERVICE and mishaps.shakes(rule.alert),
    )


def _touched(service: Watched, fault: Fault) -> frozenset[str]:
    """What of a service a fault changes: metrics, paths, log categories, or all of it."""
    if PORTS in fault.down:
        return frozenset({PORTS})
    metrics = {sample.metric for sample in fault.series}
    paths = {effect.path if effect.status else f"{effect.path} slow" for effect in fault.endpoints}
    gone = {name for part in service.parts if part.name in fault.down for name in part.metrics}
    return frozenset(metrics | paths | gone | ({LOGS} if fault.logs else set()) | ({CROWD} if fault.crowd else set()))
