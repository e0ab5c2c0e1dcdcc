"""`specola check` with the real programs: what they let pass is caught, what they complain of leads to its line."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import commands.check
from compose import tools
from generator.validate import alloy, amtool, blackbox, loki, promtool
from generator.validate.checks import CHECKS, run
from generator.validate.expressions import expressions
from generator.validate.secrets import secrets
from generator.validate.templates import templates
from tests.unit.checked import (
    ALERTMANAGER,
    BLACKBOX,
    PROMETHEUS,
    edit,
    laid_out,
    project_in,
    said,
    with_artefact,
)

if TYPE_CHECKING:
    from generator.validate.work import Work

REPOSITORY = Path(__file__).parents[2]
RULES = "rules/shop.yml"


def real(work: Work, *names: str) -> Work:
    """The work with the real programs; the test is skipped where one is missing."""
    found = {}
    for name in names:
        try:
            place = tools.locate(name, REPOSITORY)
        except tools.Missing as error:
            pytest.skip(f"{error.message}: {error.hint}")
        found[name] = (str(place.path), *place.words)
    return replace(work, tools=found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_in(tmp_path)


@pytest.fixture
def work(project: Path, tmp_path: Path) -> Work:
    return laid_out(project, tmp_path / "checked")


# What the tools let pass


@pytest.mark.tools
@pytest.mark.parametrize(
    ("promql", "complaint"),
    [
        ("shop_queue{$scope}[5m]", "is a range vector, where an instant vector is needed"),
        ('"text"', "is a string, where an instant vector is needed"),
        ("vector(1)", "is a constant: the alert would always or never fire"),
    ],
)
def test_expressions_which_promtool_accepts(project: Path, tmp_path: Path, promql: str, complaint: str) -> None:
    edit(project / "services/shop.yaml", "{value: shop_queue}", f"{{promql: '{promql}'}}")
    edit(project / "services/shop.yaml", "above: 100, ", "")
    work = real(laid_out(project, tmp_path / "checked"), "promtool")
    assert said(work, promtool.rules) == []
    found = said(work, expressions)
    assert any(
        text.startswith("services/shop.yaml:12:19: indicators.queue.promql: rule QueueLong") and complaint in text
        for text in found
    )


@pytest.mark.tools
def test_duplicate_rules_which_promtool_prints_as_failed_and_ends_with_0(work: Work) -> None:
    text = work.text(RULES)
    rule = text[text.index("      - alert: QueueLong") :]
    rule = rule[: rule.index("      - alert: ", 10)]
    broken = real(with_artefact(work, RULES, rule, rule + rule), "promtool")
    assert broken.ask("promtool", "check", "rules", f"build/{RULES}").code == 0
    assert said(broken, promtool.rules) == [
        "services/shop.yaml:17:5: alerts[1]: the rule QueueLong is there twice with the same labels"
    ]


@pytest.mark.tools
def test_a_glob_of_rule_files_that_matches_nothing(work: Work) -> None:
    broken = real(with_artefact(work, PROMETHEUS, "../../rules/*.yml", "../../rulse/*.yml"), "promtool")
    assert broken.ask("promtool", "check", "config", f"build/{PROMETHEUS}").code == 0
    (problem,) = said(broken, promtool.config)
    assert "rule_files '../../rulse/*.yml' matches no rendered file" in problem


@pytest.mark.tools
@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('{{ template "specola.slack" . }}', '{{ template "specola.slak" . }}', 'template "specola.slak" not defined'),
        ('{{ template "specola.slack" . }}', '{{ template "specola.slack" . ', "unclosed action"),
        ('{{ template "specola.slack" . }}', "{{ .Nothing }}", "can't evaluate field Nothing"),
    ],
)
def test_texts_which_amtool_does_not_look_at(work: Work, old: str, new: str, complaint: str) -> None:
    broken = real(with_artefact(work, ALERTMANAGER, old, new), "amtool")
    assert broken.ask("amtool", "check-config", f"build/{ALERTMANAGER}").code == 0
    (problem,) = said(broken, amtool.texts)
    assert problem.startswith("stack.yaml:14:11: notification.receivers.chat: alertmanager.yml: text: template: ")
    assert complaint in problem
    if ".Nothing" not in new:
        assert len(said(broken, templates)) == 1


@pytest.mark.tools
def test_a_secret_file_which_amtool_does_not_miss(work: Work) -> None:
    (work.folder / "secrets" / "chat").unlink()
    assert said(real(work, "amtool"), amtool.config) == []
    assert [text.partition(", but")[0] for text in said(work, secrets)] == [
        "stack.yaml:8:9: secrets.chat: warning: the secret 'chat' is used"
    ]


@pytest.mark.tools
def test_routes_that_reach_someone_else(work: Work) -> None:
    broken = real(with_artefact(work, ALERTMANAGER, "- receiver: chat", "- receiver: mail"), "amtool")
    assert said(broken, amtool.config) == []
    assert any("reaches mail instead of chat" in text for text in said(broken, amtool.routes))


@pytest.mark.tools
def test_a_prober_which_the_blackbox_exporter_does_not_know(work: Work) -> None:
    broken = real(with_artefact(work, BLACKBOX, "prober: http", "prober: htp"), "blackbox_exporter")
    assert broken.ask("blackbox_exporter", "--config.check", f"--config.file=build/{BLACKBOX}").code == 0
    assert len(said(broken, blackbox.modules)) == 1


@pytest.mark.loki
@pytest.mark.parametrize("key", ["retention_period", "volume_enabled"])
def test_a_misspelt_limit_which_newer_loki_swallows(work: Work, key: str) -> None:
    path = "native/loki/loki.yml"
    broken = real(with_artefact(work, path, f"  {key}:", f"  {key}x:"), "loki")
    (problem,) = said(broken, loki.config)
    assert f"{key}x" in problem


@pytest.mark.alloy
@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("forward_to = [loki.process.shop.receiver]", "forward_to = [loki.process.shp.receiver]", "does not exist"),
        ("file_match {", "file_mach {", 'unrecognized block name "file_mach"'),
        ("file_match {", "file_match {{", "expected"),
    ],
)
def test_what_alloy_refuses(project: Path, tmp_path: Path, old: str, new: str, complaint: str) -> None:
    edit(project / "services/shop.yaml", "probes:", "logs: {path: /var/log/shop/shop.log}\nprobes:")
    work = laid_out(project, tmp_path / "checked")
    assert said(real(work, "alloy"), alloy.config) == []
    broken = real(with_artefact(work, "native/alloy/config.alloy", old, new), "alloy")
    problems = said(broken, alloy.config)
    assert problems
    assert all(text.startswith("services/shop.yaml:5:7: logs: native/alloy/config.alloy: ") for text in problems)
    assert any(complaint in text for text in problems)


# What the tools complain of


@pytest.mark.tools
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "{value: shop_queue}",
            "{promql: 'longest(shop_queue)'}",
            "services/shop.yaml:12:19: indicators.queue.promql: rule QueueLong: could not parse expression: ",
        ),
        (
            "{value: shop_queue}",
            "{promql: 'sum by (service) (shop_queue'}",
            "services/shop.yaml:12:19: indicators.queue.promql: rule QueueLong: could not parse expression: ",
        ),
    ],
)
def test_rules_which_promtool_refuses(project: Path, tmp_path: Path, old: str, new: str, problem: str) -> None:
    edit(project / "services/shop.yaml", old, new)
    work = real(laid_out(project, tmp_path / "checked"), "promtool")
    assert any(text.startswith(problem) for text in said(work, promtool.rules))


@pytest.mark.tools
@pytest.mark.parametrize(
    ("path", "tool", "old", "new", "problem"),
    [
        (
            PROMETHEUS, "promtool", "sample_limit:", "sample_limt:",
            "services/shop.yaml:4:9: scrape: prometheus.yml: field sample_limt not found in type config.ScrapeConfig",
        ),
        (
            PROMETHEUS, "promtool", "job_name: shop-probe-live", "job_name: shop",
            'services/shop.yaml:4:9: scrape: prometheus.yml: found multiple scrape configs with job name "shop"',
        ),
        (
            ALERTMANAGER, "amtool", "channel:", "chanel:",
            "stack.yaml:14:11: notification.receivers.chat: alertmanager.yml: "
            "field chanel not found in type config.plain",
        ),
        (
            ALERTMANAGER, "amtool", 'start_time: "20:00"', 'start_time: "25:00"',
            "stack.yaml:19:13: notification.mute_intervals.nights: alertmanager.yml: "
            "couldn't parse timestamp 25:00, invalid format",
        ),
        (
            BLACKBOX, "blackbox_exporter", "method:", "methd:",
            "services/shop.yaml:6:5: probes[0]: blackbox.yml: field methd not found in type config.plain",
        ),
    ],
)  # fmt: skip
def test_configurations_which_a_tool_refuses(
    work: Work, path: str, tool: str, old: str, new: str, problem: str
) -> None:
    look = {"promtool": promtool.config, "amtool": amtool.config, "blackbox_exporter": blackbox.config}[tool]
    assert said(real(with_artefact(work, path, old, new), tool), look) == [problem]


# What is right


@pytest.mark.tools
def test_hostile_texts_reach_the_tools_as_texts(project: Path, tmp_path: Path) -> None:
    """Quotes, backslashes and dollars in names and values: the tools find nothing to complain of."""
    odd = """a"b\\\\c$d 'e' {f}"""
    edit(project / "services/shop.yaml", '["2xx", "5xx"]', '["2xx", "5xx", \'' + odd.replace("'", "''") + "']")
    edit(project / "services/shop.yaml", "summary: Many orders wait", r"""summary: '"$HOME" \ #: ''waits'' %d'""")
    edit(project / "services/shop.yaml", "title: Shop", "title: '\"Shop\" & ${Söhne} <b>'")
    work = real(laid_out(project, tmp_path / "checked"), "promtool", "amtool", "blackbox_exporter")
    assert [problem.text() for found in run(work) for problem in found.problems if problem.level == "error"] == []


@pytest.mark.tools
@pytest.mark.parametrize("environment", ["development", "production"])
def test_the_spec_of_the_five_systems_passes(environment: str) -> None:
    real_tools = ("promtool", "amtool", "blackbox_exporter")
    for tool in real_tools:
        if not tools.have(tool, REPOSITORY):
            pytest.skip(f"{tool} is not installed: {tools.BY_NAME[tool].how()}")
    options = Namespace(
        root=str(REPOSITORY), environment=environment, set=None, format="json", skip_tools=False, explain=None
    )
    lines: list[str] = []
    code = commands.check.run(options, lines.append)
    report = json.loads(lines[0])
    assert [problem for problem in report["problems"] if problem["level"] == "error"] == []
    assert code == 0
    ran = {check["name"] for check in report["checks"] if check["ran"]} | {"silences/over"}  # none is planned
    assert {check.name for check in CHECKS if not check.tool or check.tool in real_tools} <= ran
