"""The proof of alerts on log lines by a real Loki: its ruler reads the very rules and says what fires.

Loki has no tests for rules as promtool has. So every scene of every alert is a tenant of a private Loki, with the lines
of the scene and the one rule, unchanged. An alert with `for` is seen pending: that it then waits as long as the loaded
rule says is the ruler's own affair.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compose.private_loki import private_loki
from compose.prove import Verdict, rule_file
from rules.log_alerts import log_groups
from rules.proof.log_scenes import patience, scenes
from rules.rule import Alerting
from spec.scalars import Duration
from spec.stack import BoundLogAlert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compose.private_loki import PrivateLoki
    from rules.proof.log_scenes import Scene
    from spec.stack import Stack

_PAUSE_SECONDS = 0.3
_AT_ONCE = 12
"""Scenes played together: on a busy machine, too, all are to be judged before lines leave a window."""
_SETTLED_SECONDS = 1.0
"""An evaluation that began this long after the lines were taken in has seen them."""


@dataclass(frozen=True)
class Trial:
    """A tenant: one scene of one alert."""

    tenant: str
    rule: Alerting
    scene: Scene


def log_rules(stack: Stack) -> tuple[Alerting, ...]:
    """Every alert on log lines."""
    rules = (rule for group in log_groups(stack) for rule in group.rules)
    return tuple(rule for rule in rules if isinstance(rule, Alerting))


def prove_logs(stack: Stack, rules: Sequence[Alerting], loki: Sequence[str]) -> tuple[Verdict, ...]:
    """The verdict on each of these alerts. Raises Trouble when Loki cannot be used."""
    trials = tuple(_trials(stack, rules))
    if not trials:
        return ()
    complaints: dict[int, str] = {}
    with private_loki(loki, {one.tenant: rule_file([one.rule]) for one in trials}) as running:
        for start in range(0, len(trials), _AT_ONCE):
            few, now = trials[start : start + _AT_ONCE], time.time()
            for one in few:
                if streams := _streams(one.scene, now):
                    running.push(one.tenant, streams)
            for one in few:
                said = _complaint(running, one, now)
                complaints[id(one.rule)] = complaints.get(id(one.rule), "") or said
    return tuple(Verdict(rule, complaints[id(rule)]) for rule in rules)


def _trials(stack: Stack, rules: Sequence[Alerting]) -> Iterator[Trial]:
    for number, rule in enumerate(rules):
        if isinstance(rule.source, BoundLogAlert):
            for at, scene in enumerate(scenes(stack.by_name[rule.service], rule, rule.source.alert)):
                yield Trial(f"alert-{number}-{at}", rule, scene)


def _streams(scene: Scene, now: float) -> list[dict[str, Any]]:
    """As Loki takes lines in: oldest first, nanoseconds as text."""
    return [
        {
            "stream": dict(lines.labels),
            "values": [[str(round((now - age) * 1e9)), lines.text] for age in sorted(lines.ages, reverse=True)],
        }
        for lines in scene.lines
    ]


def _complaint(running: PrivateLoki, trial: Trial, now: float) -> str:
    """What is wrong with the rule in this scene, once the ruler has looked at the lines; empty when nothing is."""
    until = now + _patience(trial)
    while time.time() < until:
        found = running.rules(trial.tenant)
        if len(found) == 1 and _seconds(found[0]["lastEvaluation"]) > now + _SETTLED_SECONDS:
            said = differs(trial.rule, found[0]) or fires(trial, found[0])
            return said and f"{trial.scene.name}: {said}"
        time.sleep(_PAUSE_SECONDS)
    return f"{trial.scene.name}: Loki's ruler did not evaluate it within {_patience(trial):g} s"


def _patience(trial: Trial) -> float:
    return patience(trial.rule.source.alert) if isinstance(trial.rule.source, BoundLogAlert) else 0.0


def differs(rule: Alerting, found: dict[str, Any]) -> str:
    """Why what the ruler evaluates is not this rule."""
    if found["health"] != "ok":
        return f"Loki cannot evaluate it: {found.get('lastError') or found['health']}"
    ours = (rule.alert, rule.for_.seconds, dict(rule.labels), dict(rule.annotations))
    loaded = (found["name"], found["duration"], found["labels"], found["annotations"])
    return "" if ours == loaded else f"Loki has loaded another rule: {loaded}"


def fires(trial: Trial, found: dict[str, Any]) -> str:
    """Why the alerts are not those that the scene must give."""
    alerts = found.get("alerts") or []
    if trial.scene.told is None:
        return f"fires: {alerts[0]['annotations'].get('description', '')}" if alerts else ""
    if len(alerts) != 1:
        return f"{len(alerts)} alerts instead of one"
    state = "pending" if trial.rule.for_ > Duration(0) else "firing"
    labels = {name: value for name, value in alerts[0]["labels"].items() if name != "alertname"}
    ours = (state, dict(trial.rule.labels), dict(trial.scene.told))
    theirs = (alerts[0]["state"], labels, alerts[0]["annotations"])
    return "" if ours == theirs else f"{theirs} instead of {ours}"


def _seconds(text: str) -> float:
    """A time in RFC 3339; digits past microseconds are left out."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return datetime.fromisoformat(text).timestamp()
    digits = rest.rstrip("Z").split("+")[0].split("-")[0]
    zone = rest[len(digits) :]
    return datetime.fromisoformat(f"{whole}.{digits[:6]:0<6}{zone}").timestamp()
