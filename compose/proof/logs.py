"""The proof of alerts on log lines by a real Loki: its ruler reads the very rules and says what fires.

Loki has no tests for rules as promtool has. So every scene of every alert is a tenant of a private Loki, with the lines
of the scene and the one rule, unchanged. An alert with `for` is seen pending: that it then waits as long as the loaded
rule says is the ruler's own affair.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compose.proof.alerts import Verdict, rule_file
from compose.proof.loki import private_loki
from rules.log_alerts import log_groups
from rules.proof.log_scenes import LAG, patience, scenes
from rules.rule import Alerting
from spec.scalars import Duration
from spec.stack import BoundLogAlert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compose.proof.loki import PrivateLoki
    from rules.proof.log_scenes import Scene
    from spec.stack import Stack

_PAUSE_SECONDS = 0.3
_AT_ONCE = 100
"""Scenes that one Loki plays together: on a busy machine, too, all are to be judged before lines leave a window."""
_SETTLED_SECONDS = 1.0
"""An evaluation that began this long after the lines were taken in has seen them."""


@dataclass(frozen=True)
class Trial:
    """A tenant: one scene of one alert, and the rules that meet it. Each has a name of its own, and must be `rule` but
    for that name."""

    tenant: str
    rule: Alerting
    scene: Scene
    loaded: tuple[Alerting, ...]

    @property
    def patience(self) -> float:
        """Seconds in which it is judged, or not at all."""
        return patience(self.rule.source.alert) if isinstance(self.rule.source, BoundLogAlert) else 0.0


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
    for one, said in play(loki, trials):
        late = {one.rule.alert: f"Loki's ruler did not evaluate it within {one.patience:g} s"}
        told = (late if said is None else said)[one.rule.alert]
        complaints[id(one.rule)] = complaints.get(id(one.rule), "") or (told and f"{one.scene.name}: {told}")
    return tuple(Verdict(rule, complaints[id(rule)]) for rule in rules)


def play(loki: Sequence[str], trials: Sequence[Trial]) -> Iterator[tuple[Trial, dict[str, str] | None]]:
    """For each trial what is wrong with each of its rules, by name; empty when nothing is. None for a trial that the
    ruler was too slow for. Raises Trouble when Loki cannot be used."""
    for start in range(0, len(trials), _AT_ONCE):
        few = trials[start : start + _AT_ONCE]
        with private_loki(loki, {one.tenant: rule_file(one.loaded) for one in few}) as running:
            now = time.time()
            for one in few:
                if streams := _streams(one.scene, now):
                    running.push(one.tenant, streams)
            taken = time.time()
            for one in few:
                yield one, _complaints(running, one, taken, now + one.patience)


def _trials(stack: Stack, rules: Sequence[Alerting]) -> Iterator[Trial]:
    for number, rule in enumerate(rules):
        if isinstance(rule.source, BoundLogAlert):
            for at, scene in enumerate(scenes(stack.by_name[rule.service], rule, rule.source.alert)):
                yield Trial(f"alert-{number}-{at}", rule, scene, (rule,))


def _streams(scene: Scene, now: float) -> list[dict[str, Any]]:
    """As Loki takes lines in: oldest first, nanoseconds as text."""
    return [
        {
            "stream": dict(lines.labels),
            "values": [[str(round((now - age) * 1e9)), lines.text] for age in sorted(lines.ages, reverse=True)],
        }
        for lines in scene.lines
    ]


def _complaints(running: PrivateLoki, trial: Trial, taken: float, until: float) -> dict[str, str] | None:
    """What is wrong with each rule in this scene, once the ruler has looked at the lines that it has taken in."""
    while time.time() < until:
        found = {rule["name"]: rule for rule in running.rules(trial.tenant)}
        seen = [rule for rule in found.values() if _seconds(rule["lastEvaluation"]) > taken + _SETTLED_SECONDS]
        if len(seen) == len(trial.loaded):
            return {name: wrong(trial, replace(trial.rule, alert=name), found[name]) for name in found}
        time.sleep(_PAUSE_SECONDS)
    return None


def wrong(trial: Trial, rule: Alerting, found: dict[str, Any]) -> str:
    """Why what the ruler evaluates is not this rule, or its alerts are not those of the scene."""
    return differs(rule, found) or fires(trial.scene, rule, found)


def differs(rule: Alerting, found: dict[str, Any]) -> str:
    """Why what the ruler evaluates is not this rule."""
    if found["health"] != "ok":
        return f"Loki cannot evaluate it: {found.get('lastError') or found['health']}"
    ours = (rule.alert, rule.for_.seconds, dict(rule.labels), dict(rule.annotations))
    loaded = (found["name"], found["duration"], found["labels"], found["annotations"])
    return "" if ours == loaded else f"Loki has loaded another rule: {loaded}"


def fires(scene: Scene, rule: Alerting, found: dict[str, Any]) -> str:
    """Why the alerts are not those that the scene must give."""
    alerts = found.get("alerts") or []
    if scene.told is None:
        return f"fires: {alerts[0]['annotations'].get('description', '')}" if alerts else ""
    if len(alerts) != 1:
        return f"{len(alerts)} alerts instead of one"
    state = alerts[0]["state"] if _may_be(alerts[0], rule, found) else "another state"
    labels = {name: value for name, value in alerts[0]["labels"].items() if name != "alertname"}
    ours = (state, dict(rule.labels), dict(scene.told))
    theirs = (alerts[0]["state"], labels, alerts[0]["annotations"])
    return "" if ours == theirs else f"{theirs} instead of {ours}"


def _may_be(alert: dict[str, Any], rule: Alerting, found: dict[str, Any]) -> bool:
    """Whether the state fits the time since which the condition holds: where there never was a line, that is since
    this Loki started. The ruler's clock and ours may differ by some seconds."""
    lasted = _seconds(found["lastEvaluation"]) - _seconds(alert["activeAt"])
    if alert["state"] == "pending":
        return rule.for_ > Duration(0) and lasted < rule.for_.seconds + LAG
    return bool(alert["state"] == "firing" and lasted >= rule.for_.seconds - LAG)


def _seconds(text: str) -> float:
    """A time in RFC 3339; digits past microseconds are left out."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return datetime.fromisoformat(text).timestamp()
    digits = rest.rstrip("Z").split("+")[0].split("-")[0]
    zone = rest[len(digits) :]
    return datetime.fromisoformat(f"{whole}.{digits[:6]:0<6}{zone}").timestamp()
