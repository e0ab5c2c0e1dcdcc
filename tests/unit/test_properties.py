"""What holds for any valid spec: it renders, the same twice, to files that their readers can read."""

from __future__ import annotations

import json
from typing import Any

import promql_parser
import yaml
from hypothesis import HealthCheck, given, settings

from generator import dashboard_files, prometheus, rule_files
from generator.render import render
from rules.groups import groups
from rules.rule import Alerting
from rules.words import spoken
from tests.unit.valid_specs import loaded, specs

FEW = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@FEW
@given(specs())
def test_any_valid_spec_renders_the_same_twice_to_files_that_parse(files: dict[str, dict[str, Any]]) -> None:
    artefacts = render(loaded(files))
    assert artefacts == render(loaded(files))
    assert len({artefact.path for artefact in artefacts}) == len(artefacts)
    for artefact in artefacts:
        text = artefact.content.decode()
        if artefact.path.endswith((".yml", ".yaml")):
            assert isinstance(yaml.load(text, Loader=yaml.CSafeLoader), dict), artefact.path
        elif artefact.path.endswith(".json"):
            assert isinstance(json.loads(text), dict), artefact.path


@FEW
@given(specs())
def test_every_expression_is_promql_and_every_alert_has_a_panel(files: dict[str, dict[str, Any]]) -> None:
    stack = loaded(files)
    boards = {filed.path.rsplit("/", 1)[-1]: json.loads(filed.content) for filed in dashboard_files.render(stack)}
    for group in groups(stack):
        for rule in group.rules:
            promql_parser.parse(rule.expr)
            if isinstance(rule, Alerting):
                uid, panel = rule.annotations["dashboard_url"].split("/d/")[1].split("?viewPanel=")
                assert int(panel) in panels(boards[f"{uid}.json"]), rule.alert


def panels(board: dict[str, Any]) -> set[int]:
    return {one["id"] for panel in board["panels"] for one in (panel, *panel.get("panels", ()))}


@FEW
@given(specs())
def test_values_survive_the_way_to_prometheus(files: dict[str, dict[str, Any]]) -> None:
    stack = loaded(files)
    config = yaml.safe_load(prometheus.render(stack)[0].content)
    rules = {artefact.path: yaml.safe_load(artefact.content) for artefact in rule_files.render(stack)}
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert config["global"]["external_labels"]["region"] == files["stack.yaml"]["labels"]["region"]
    for path, spec in files.items():
        if path == "stack.yaml":
            continue
        name = spec["service"]
        assert jobs[name]["static_configs"][0]["labels"]["note"] == spec["scrape"]["labels"]["note"]
        found = [rule for group in rules[f"rules/{name}.yml"]["groups"] for rule in group["rules"]]
        alerts = {rule["alert"]: rule for rule in found if "alert" in rule}
        for alert in spec["alerts"]:
            assert spoken(alerts[alert["name"]]["annotations"]["summary"]) == alert["summary"]
            assert alerts[alert["name"]]["labels"]["note"] == alert["labels"]["note"]
