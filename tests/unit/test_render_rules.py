"""Rule files and runbook pages, and the checksum by which Prometheus tells what it has loaded."""

from __future__ import annotations

import promql_parser
import pytest
import yaml

from generator import rule_files, runbooks
from generator.artefact import Artefact
from generator.render import render
from rules.groups import all_alerts, groups
from rules.log_alerts import log_groups
from rules.rule import Alerting
from spec.names import CONFIG_HASH_RECORD
from tests.golden.small import ENVIRONMENTS, small


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_files_hold_every_group_once_and_in_order(environment: str) -> None:
    stack = small(environment)
    files = {artefact.path: yaml.safe_load(artefact.content)["groups"] for artefact in rule_files.render(stack)}
    assert list(files) == [f"rules/{name}.yml" for name in ("jobs", "shop", "monitoring", "alert-history", "watchdog")]
    assert [group for file in files.values() for group in file] == [rule_files.group_data(one) for one in groups(stack)]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_expression_is_promql(environment: str) -> None:
    for group in groups(small(environment)):
        for rule in group.rules:
            promql_parser.parse(rule.expr)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alert_says_who_is_told_and_where_to_look(environment: str) -> None:
    stack = small(environment)
    logged = [rule for group in log_groups(stack) for rule in group.rules if isinstance(rule, Alerting)]
    for rule in (*all_alerts(stack), *logged):
        assert {"severity", "service", "team"} <= rule.labels.keys(), rule.alert
        assert all(rule.annotations[key] for key in ("summary", "description", "runbook_url", "dashboard_url")), (
            rule.alert
        )


def test_a_record_is_made_before_the_alert_that_reads_it() -> None:
    for group in groups(small()):
        seen: set[str] = set()
        records = {rule.record for rule in group.rules if not isinstance(rule, Alerting)}
        for rule in group.rules:
            if isinstance(rule, Alerting):
                assert all(record in seen for record in records if f"{record}{{" in rule.expr), rule.alert
            else:
                seen.add(rule.record)


def test_an_alert_that_is_switched_off_is_not_there() -> None:
    assert "TooBusy" not in {rule.alert for rule in all_alerts(small())}


def test_an_overlay_changes_a_threshold_and_removes_an_alert() -> None:
    before, after = (
        {rule.alert: rule for rule in all_alerts(small(env)) if rule.service == "shop"} for env in ENVIRONMENTS
    )
    assert " > 0.05 " in before["ErrorsHigh"].expr
    assert " > 0.02 " in after["ErrorsHigh"].expr
    assert set(before) - set(after) == {"ShelfEmpty"}


def test_the_checksum_changes_with_any_file_that_prometheus_loads() -> None:
    def checksum(artefacts: list[Artefact]) -> Artefact:
        sums = rule_files.Checksum()
        assert list(sums.through(artefacts))[:-1] == artefacts
        return sums.rule()

    one = checksum([Artefact("rules/a.yml", b"a"), Artefact("dashboards/home/home.json", b"a")])
    assert one == checksum([Artefact("rules/a.yml", b"a"), Artefact("dashboards/home/home.json", b"b")])
    others = [
        checksum(artefacts)
        for artefacts in (
            [Artefact("rules/a.yml", b"b")],
            [Artefact("rules/b.yml", b"a")],
            [Artefact("rules/a.yml", b"a"), Artefact("rules/b.yml", b"")],
        )
    ]
    assert one.content not in [other.content for other in others]
    (rule,) = yaml.safe_load(one.content)["groups"][0]["rules"]
    assert (rule["record"], len(rule["labels"]["hash"])) == (CONFIG_HASH_RECORD, 16)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_path_is_rendered_twice(environment: str) -> None:
    paths = [artefact.path for artefact in render(small(environment))]
    assert len(set(paths)) == len(paths)


def test_every_alert_of_a_service_has_a_runbook_page() -> None:
    pages = {artefact.path: artefact.content.decode() for artefact in runbooks.render(small())}
    assert {f"runbooks/{rule.service}/{rule.alert}.md" for rule in all_alerts(small())} <= set(pages)
    page = pages["runbooks/shop/ErrorsHigh.md"]
    for words in (
        'The shop fails "too many" requests',
        "Look at the last deployment.",
        "pager, sms, chat, sms-by-mail",
    ):
        assert words in page
