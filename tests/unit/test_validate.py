"""Complaints of tools, played by small scripts, turned into lines of the spec."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generator.validate import alloy, amtool, blackbox, compose_config, loki, promtool
from generator.validate.checks import verdict
from generator.validate.work import Check
from tests.unit.checked import (
    ALERTMANAGER,
    BLACKBOX,
    PROMETHEUS,
    edit,
    laid_out,
    line_of,
    project_in,
    said,
    with_artefact,
    with_tool,
)

if TYPE_CHECKING:
    from pathlib import Path

    from generator.validate.work import Work


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture
def work(project: Path, tmp_path: Path) -> Work:
    """The small spec, rendered and laid out, without any tool."""
    return laid_out(project, tmp_path / "checked")


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        (
            'found multiple scrape configs with job name "shop"',
            'services/shop.yaml:4:9: scrape: prometheus.yml: found multiple scrape configs with job name "shop"',
        ),
        (
            'no such file: "/secrets/shop-probe-live"',
            'services/shop.yaml:6:5: probes[0]: prometheus.yml: no such file: "/secrets/shop-probe-live"',
        ),
        ("something new", "stack.yaml:1:1: prometheus.yml: something new"),
    ],
)
def test_complaints_about_the_configuration_of_prometheus(work: Work, complaint: str, expected: str) -> None:
    tool = with_tool(work, "promtool", 1, f"Checking {PROMETHEUS}\n\n", f"  FAILED: {complaint}\n")
    assert said(tool, promtool.config) == [expected]


def test_errors_at_lines_of_the_configuration_are_told_one_by_one(work: Work) -> None:
    job, outer = line_of(work, PROMETHEUS, "job_name: shop"), line_of(work, PROMETHEUS, "evaluation_interval")
    err = (
        "  FAILED: parsing YAML file x: yaml: unmarshal errors:\n"
        f"  line {job + 1}: field scrape_intervall not found in type config.ScrapeConfig\n"
        f'  line {outer}: cannot unmarshal !!str "x" into model.Duration\n'
    )
    assert said(with_tool(work, "promtool", 1, err=err), promtool.config) == [
        "services/shop.yaml:4:9: scrape: prometheus.yml: field scrape_intervall not found in type config.ScrapeConfig",
        'stack.yaml:1:1: prometheus.yml: cannot unmarshal !!str "x" into model.Duration',
    ]


def test_a_failure_without_known_words_is_a_problem_all_the_same(work: Work) -> None:
    assert said(with_tool(work, "promtool", 2, err="panic: oh\n"), promtool.config) == [
        "stack.yaml:1:1: prometheus.yml: panic: oh"
    ]
    assert said(with_tool(work, "promtool", 2), promtool.rules) == [
        "stack.yaml:1:1: services: promtool: it said nothing"
    ]


def rule_number(work: Work, alert: str) -> int:
    group = next(group for group in work.groups if group.name == "shop")
    return 1 + [getattr(rule, "alert", "") for rule in group.rules].index(alert)


def test_complaints_about_rules_lead_to_their_alert(work: Work) -> None:
    long, down = rule_number(work, "QueueLong"), rule_number(work, "ServiceDown")
    err = (
        "  FAILED:\n"
        f'build/rules/shop.yml: 9:7: group "shop", rule {long}, "QueueLong": could not parse expression: 1:6: no\n'
        f'build/rules/shop.yml: group "shop", rule {down}, "ServiceDown": annotation "summary": unclosed action\n'
        'build/rules/shop.yml: 2:3: groupname: "shop" is repeated in the same file\n'
    )
    assert said(with_tool(work, "promtool", 1, err=err), promtool.rules) == [
        "services/shop.yaml:17:5: alerts[1]: rule QueueLong: could not parse expression: 1:6: no",
        'services/shop.yaml:1:1: rules: groupname: "shop" is repeated in the same file',
        'services/shop.yaml:4:9: scrape: rule ServiceDown: annotation "summary": unclosed action',
    ]


def test_a_complaint_about_a_value_is_found_by_the_value(work: Work) -> None:
    broken = with_artefact(work, "rules/shop.yml", 'for: "5m"', 'for: "5x"')
    tool = with_tool(broken, "promtool", 1, err='  FAILED:\nbuild/rules/shop.yml: not a valid duration string: "5x"\n')
    assert said(tool, promtool.rules) == [
        'services/shop.yaml:16:5: alerts[0]: rules: not a valid duration string: "5x"'
    ]


def test_lint_that_is_printed_as_failed_counts_though_the_exit_code_is_0(work: Work) -> None:
    err = "  FAILED:\nlint error 1 duplicate rule(s) found.\nMetric: QueueLong\nLabel(s):\n\tseverity: medium\n"
    expected = ["services/shop.yaml:17:5: alerts[1]: the rule QueueLong is there twice with the same labels"]
    assert said(with_tool(work, "promtool", 0, err=err), promtool.rules) == expected


def test_a_glob_of_rule_files_that_matches_nothing(work: Work) -> None:
    broken = with_artefact(work, PROMETHEUS, "../../rules/*.yml", "../../rule/*.yml")
    assert said(with_tool(broken, "promtool"), promtool.config) == [
        "stack.yaml:1:1: prometheus.yml (native): rule_files '../../rule/*.yml' matches no rendered file "
        "(no rule would be evaluated)"
    ]


def test_lists_of_targets_that_are_not_there(project: Path, tmp_path: Path) -> None:
    edit(project / "services/shop.yaml", 'targets: ["shop:8000"]', "files: [targets/*.json]")
    assert said(with_tool(laid_out(project, tmp_path / "checked"), "promtool"), promtool.config) == [
        "services/shop.yaml:4:18: scrape.files[0]: warning: no file matches 'targets/*.json' "
        "(Prometheus asks no target of it until it is there)"
    ]


def test_the_web_configuration_that_up_made_is_looked_at_too(work: Work) -> None:
    (work.root / "secrets").mkdir()
    (work.root / "secrets/prometheus-web.yml").write_text("basic_auth_users: {}\n")
    tool = with_tool(work, "promtool", 1, err="x FAILED: hashedSecret too short\n")
    files = [text.split("yml: ")[0] for text in said(tool, promtool.web_config)]
    assert files == ["stack.yaml:1:1: prometheus-web.", "stack.yaml:1:1: sample-web."]


def test_complaints_about_the_configuration_of_alertmanager(work: Work) -> None:
    line = line_of(work, ALERTMANAGER, "channel: ")
    out = (
        f"Checking 'x'  FAILED: yaml: unmarshal errors:\n  line {line}: field chanel not found in type config.plain\n\n"
    )
    assert said(with_tool(work, "amtool", 1, out, "amtool: error: failed to validate 1 file(s)\n"), amtool.config) == [
        "stack.yaml:14:11: notification.receivers.chat: alertmanager.yml: field chanel not found in type config.plain"
    ]


@pytest.mark.parametrize(
    ("complaint", "place"),
    [
        ('undefined receiver "mail" used in route', "stack.yaml:10:12: notification.default"),
        ("couldn't parse timestamp 20:00, invalid format", "stack.yaml:19:13: notification.mute_intervals.nights"),
        ("bad matcher", "stack.yaml:10:3: notification"),
    ],
)
def test_complaints_without_a_line_are_found_by_their_words(work: Work, complaint: str, place: str) -> None:
    tool = with_tool(work, "amtool", 1, f"Checking 'x'  FAILED: {complaint}\n\n")
    assert [text.split(": alertmanager.yml")[0] for text in said(tool, amtool.config)] == [place]


def test_a_template_that_cannot_be_parsed_after_all_else_was_fine(work: Work) -> None:
    out = (
        "Checking 'x'  SUCCESS\nFound:\n - 1 templates\n  FAILED: template: x.tmpl:24: function \"en\" not defined\n\n"
    )
    (problem,) = said(with_tool(work, "amtool", 1, out), amtool.config)
    assert problem.endswith('alertmanager.yml: template: x.tmpl:24: function "en" not defined')


def test_a_text_that_cannot_be_rendered(work: Work) -> None:
    problems = said(with_tool(work, "amtool", 1, err="amtool: error: template: :1: no\n"), amtool.texts)
    assert "stack.yaml:14:11: notification.receivers.chat: alertmanager.yml: text: template: :1: no" in problems


def test_routes_that_reach_others_than_the_spec_means(work: Work) -> None:
    problems = said(with_tool(work, "amtool", 0, "chat,mail\n"), amtool.routes)
    assert all(text.startswith("stack.yaml:16:5: notification.routes: an alert with alertname=") for text in problems)
    assert any(text.endswith("reaches chat, mail instead of chat") for text in problems)


def test_complaints_of_the_blackbox_exporter(work: Work) -> None:
    line = line_of(work, BLACKBOX, "method: ")
    err = (
        f'level=error msg="Error loading config" err="yaml: unmarshal errors:\\n  line {line}: field methd not found"\n'
    )
    assert said(with_tool(work, "blackbox_exporter", 1, err=err), blackbox.config) == [
        "services/shop.yaml:6:5: probes[0]: blackbox.yml: field methd not found"
    ]


def test_a_key_that_loki_swallows_without_a_word(work: Work) -> None:
    printed = work.text("native/loki/loki.yml").replace("volume_enabled", "volume_on")
    problems = said(with_tool(work, "loki", 0, err=f"---\n# Loki Config\n{printed}"), loki.config)
    assert problems == [
        "stack.yaml:1:1: loki.yml: Loki does not know the key limits_config.volume_enabled, and ignores it"
    ]


@pytest.mark.parametrize(
    ("complaint", "message"),
    [
        (
            "failed parsing config: x: yaml: construct errors: line 3: field a not found; line 4: no",
            ("field a not found", "no"),
        ),
        (
            'level=error msg="validating config" err="CONFIG ERROR: schema v13 is required"',
            ("CONFIG ERROR: schema v13 is required",),
        ),
        ("flag provided but not defined", ("flag provided but not defined",)),
    ],
)
def test_complaints_of_loki(work: Work, complaint: str, message: tuple[str, ...]) -> None:
    problems = said(with_tool(work, "loki", 1, err=f"{complaint}\n"), loki.config)
    assert [text.partition("loki.yml: ")[2] for text in problems] == list(message)


def test_complaints_of_alloy_lead_to_the_logs_of_the_service(project: Path, tmp_path: Path) -> None:
    edit(project / "services/shop.yaml", "probes:", "logs: {path: /var/log/shop/*.log}\nprobes:")
    base = laid_out(project, tmp_path / "checked")
    path = "native/alloy/sample.alloy"
    text = 'loki.source.file "shop" {\n\ttargets = []\n}\n\nloki.write "default" {\n\turl = 3\n}\n'
    (base.folder / "build" / path).parent.mkdir(parents=True, exist_ok=True)
    only = {name: content for name, content in base.artefacts.items() if not name.endswith(".alloy")}
    work = replace(base, artefacts={**only, path: text.encode()})
    err = f"Error: build/{path}:2:2: no such attribute\nError: build/{path}:6:2: not text\n"
    assert said(with_tool(work, "alloy", 1, err=err), alloy.config) == [
        f"services/shop.yaml:5:7: logs: {path}: no such attribute",
        f"stack.yaml:1:1: {path}: not text",
    ]


@pytest.mark.parametrize(("code", "out"), [(1, ""), (0, "1.29.2\n")])
def test_docker_without_its_compose_plugin_is_a_check_not_made(work: Work, code: int, out: str) -> None:
    found = verdict(with_tool(work, "docker", code, out), Check("compose/config", "docker", compose_config.config))
    assert not found.ran
    assert found.skipped.startswith("docker has no compose plugin; get Docker's compose plugin, version 2")


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ('service "prometheus" refers to undefined network x', ("components", "prometheus")),
        ("validating compose.yaml: services.redis-exporter.ports must be a list", ("components", "redis_exporter")),
        ("yaml: line 3: mapping values", ("components",)),
    ],
)
def test_complaints_of_compose_lead_to_the_component(work: Work, message: str, path: tuple[str, ...]) -> None:
    assert compose_config.origin(work, message) == path
