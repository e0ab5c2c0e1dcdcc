"""What silences what: the rules that follow from the spec, and who is hidden by whom."""

from __future__ import annotations

import pytest
import yaml

from generator import alertmanager
from rules import inhibition
from rules.inhibition import Condition, Rule, silences
from spec.load import load
from tests.golden.small import ENVIRONMENTS, small
from tests.integration.working_copy import REPOSITORY

DOWN = {"alertname": "ServiceDown", "service": "shop", "severity": "critical"}
JOBS_DOWN = {"alertname": "ServiceDown", "service": "jobs", "severity": "critical"}


def hidden(source: dict[str, str], target: dict[str, str]) -> bool:
    """Whether any rule of the small stack lets one alert silence the other."""
    return any(silences(rule, source, target) for rule in inhibition.rules(small()))


@pytest.mark.parametrize(("condition", "labels", "holds"), [
    (Condition("severity", "=", "high"), {"severity": "high"}, True),
    (Condition("severity", "=", "high"), {}, False),
    (Condition("severity", "=", ""), {}, True),
    (Condition("severity", "!=", "high"), {}, True),
    (Condition("severity", "=~", "high|low"), {"severity": "low"}, True),
    (Condition("severity", "=~", "high|low"), {"severity": "highest"}, False),
    (Condition("severity", "!~", "high|low"), {"severity": "low"}, False),
    (Condition("severity", "!~", "high|low"), {}, True),
])  # fmt: skip
def test_a_condition_is_anchored_and_an_absent_label_is_empty(
    condition: Condition, labels: dict[str, str], holds: bool
) -> None:
    assert condition.holds(labels) is holds


@pytest.mark.parametrize(("condition", "text"), [
    (Condition("a", "=", "b"), 'a="b"'),
    (Condition("a", "!~", 'say "hi"'), 'a!~"say \\"hi\\""'),
    (Condition("a", "=~", r"\d+"), r'a=~"\\d+"'),
])  # fmt: skip
def test_a_condition_is_written_as_alertmanager_reads_it(condition: Condition, text: str) -> None:
    assert str(condition) == text


@pytest.mark.parametrize(("source", "target", "expected"), [
    (DOWN, {"alertname": "AnswersSlow", "service": "shop", "severity": "high"}, True),
    (DOWN, {"alertname": "AnswersSlow", "service": "shop", "severity": "low"}, True),
    (DOWN, {"alertname": "ErrorsHigh", "service": "shop", "severity": "critical"}, False),
    (DOWN, {"alertname": "JobsBehind", "service": "jobs", "severity": "high"}, False),
    (DOWN, {"alertname": "LoginsRefused", "service": "shop", "severity": "high", "category": "security"}, False),
    (DOWN, DOWN, False),
    (JOBS_DOWN, {"alertname": "AnswersSlow", "service": "shop", "severity": "medium"}, True),
    (JOBS_DOWN, {"alertname": "AnswersSlow", "service": "shop", "severity": "high"}, False),
    (JOBS_DOWN, {"alertname": "Odd", "service": "shop", "severity": "low", "category": "security"}, False),
    ({"alertname": "ErrorsHigh", "service": "shop", "severity": "critical"}, {"alertname": "RouteFails", "service": "shop", "severity": "high"}, True),
    ({"alertname": "ErrorsHigh", "service": "jobs", "severity": "critical"}, {"alertname": "RouteFails", "service": "jobs", "severity": "high"}, False),
    ({"alertname": "RouteFails", "service": "shop", "severity": "high"}, {"alertname": "ErrorsHigh", "service": "shop", "severity": "critical"}, False),
    ({"alertname": "JobsStopped", "service": "jobs", "severity": "critical"}, {"alertname": "JobsFail", "service": "jobs", "severity": "medium"}, True),
    ({"alertname": "A", "service": "shop", "severity": "critical", "category": "business"}, {"alertname": "B", "service": "shop", "severity": "low"}, False),
])  # fmt: skip
def test_who_hides_whom(source: dict[str, str], target: dict[str, str], expected: bool) -> None:
    assert hidden(source, target) is expected


def test_an_alert_that_fits_both_sides_does_not_hide_others_that_do() -> None:
    either = (Condition("severity", "=~", "critical|high"),)
    rule = Rule(either, either, ("service",))
    assert not silences(rule, DOWN, {"alertname": "X", "service": "shop", "severity": "high"})


def test_labels_that_must_agree_agree_when_both_are_absent() -> None:
    rule = Rule((Condition("severity", "=", "critical"),), (Condition("severity", "=", "low"),), ("service", "zone"))
    assert silences(rule, {"severity": "critical", "service": "a"}, {"severity": "low", "service": "a"})
    assert not silences(
        rule, {"severity": "critical", "service": "a", "zone": "1"}, {"severity": "low", "service": "a"}
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_alertmanager_is_told_the_same_rules(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: artefact.content for artefact in alertmanager.render(stack)}
    told = yaml.safe_load(files["native/alertmanager/alertmanager.yml"])["inhibit_rules"]
    assert [(rule["source_matchers"], rule["target_matchers"], rule.get("equal", [])) for rule in told] == [
        ([str(c) for c in rule.source], [str(c) for c in rule.target], list(rule.equal))
        for rule in inhibition.rules(stack)
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_of_the_five_systems_no_two_alerts_hide_each_other(environment: str) -> None:
    """Else nobody would be told of either."""
    from rules.groups import all_alerts

    stack = load(REPOSITORY / "stack.yaml", environment).stack
    rules = tuple(inhibition.rules(stack))
    alerts = [{**rule.labels, "alertname": rule.alert, "environment": environment} for rule in all_alerts(stack)]
    hides = {
        (i, j) for rule in rules
        for i in (n for n, a in enumerate(alerts) if all(c.holds(a) for c in rule.source))
        for j in (n for n, a in enumerate(alerts) if all(c.holds(a) for c in rule.target))
        if i != j and silences(rule, alerts[i], alerts[j])
    }  # fmt: skip
    assert [(alerts[i], alerts[j]) for i, j in hides if (j, i) in hides] == []
    assert hides
