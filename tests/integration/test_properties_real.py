"""Whatever a valid spec holds, the real programs take what is rendered from it, and read the values that were meant."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from compose import tools
from generator.render import render
from generator.text import to_yaml
from generator.validate import amtool, blackbox, promtool
from generator.validate.checks import CHECKS, run
from generator.validate.layout import lay_out
from generator.validate.program import run as run_program
from rules.rule import Alerting
from spec.load import load
from tests.unit.valid_specs import HOSTILE, selector, specs

if TYPE_CHECKING:
    from generator.validate.work import Work
    from spec.problem import Problem

ROOT = Path(__file__).parents[2]
PROGRAMS = ("promtool", "amtool", "blackbox_exporter")
ASKED = (promtool.CONFIG, promtool.RULES, amtool.CONFIG, blackbox.CONFIG)
pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def programs() -> dict[str, tuple[str, ...]]:
    try:
        places = {name: tools.locate(name, ROOT) for name in PROGRAMS}
    except tools.Missing as error:
        pytest.skip(f"{error.message}: {error.hint}")
    return {name: (str(place.path), *place.words) for name, place in places.items()}


def laid(files: dict[str, dict[str, Any]], folder: Path, programs: dict[str, tuple[str, ...]]) -> Work:
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_bytes(to_yaml(data))
    loaded = load(folder / "stack.yaml")
    return lay_out(loaded.stack, loaded.tree, folder, folder / "laid", render(loaded.stack), programs, {})


def complaints(work: Work) -> list[Problem]:
    """What the programs say; each of them must have been asked."""
    verdicts = run(work, tuple(check for check in CHECKS if check.name in ASKED))
    assert [verdict.skipped for verdict in verdicts if not verdict.ran] == []
    return [problem for verdict in verdicts for problem in verdict.problems if problem.level == "error"]


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(files=specs())
def test_the_programs_take_any_valid_spec(
    files: dict[str, dict[str, Any]], programs: dict[str, tuple[str, ...]]
) -> None:
    with TemporaryDirectory() as folder:
        assert complaints(laid(files, Path(folder), programs)) == []


def hostile(**stack: Any) -> dict[str, dict[str, Any]]:
    """A spec in which one service says every hostile value wherever text may stand, each in an alert of its own."""
    metrics = {"x_total": {"type": "counter", "help": "X.", "labels": {"v": list(HOSTILE)}}}
    alerts, indicators = [], {}
    for number, text in enumerate(HOSTILE):
        templates = "{{" in text or "}}" in text
        indicators[f"i{number}"] = {"rate": selector("x_total", "v", text), "title": "Plain" if templates else text}
        alerts.append(
            {
                "name": f"A{number}",
                "indicator": f"i{number}",
                "above": 1,
                "severity": "low",
                "summary": "Plain" if templates else text,
                "labels": {"note": "plain" if templates else text},
            }
        )
    service = {
        "service": "x",
        "title": "X",
        "owner": "ops",
        "scrape": {"targets": ["x:1"], "labels": {"note": HOSTILE[0]}},
        "metrics": metrics,
        "indicators": indicators,
        "alerts": alerts,
    }
    root = {
        "stack": "any",
        "include": ["services/*.yaml"],
        "owner": "ops",
        "owners": {"ops": {"title": "Ops"}},
        "secrets": {"chat": {"file": "secrets/chat"}},
        "notification": {
            "default": "chat",
            "receivers": {"chat": {"slack": {"channel": "#ops", "url": "chat"}}},
            "routes": [{"name": "all", "to": ["chat"]}],
        },
    }
    return {"stack.yaml": root | stack, "services/x.yaml": service}


def test_every_hostile_value_survives_the_way_into_an_alert(
    programs: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    """The series with that value fires its alert, whose labels and summary hold the value, as promtool sees them."""
    work = laid(hostile(), tmp_path, programs)
    assert complaints(work) == []
    rules = {rule.alert: rule for group in work.groups for rule in group.rules if isinstance(rule, Alerting)}
    series = [
        {"series": f"x_total{{job=\"x\",service=\"x\",v={json.dumps(text, ensure_ascii=False)}}}", "values": "0+600x20"}
        for text in HOSTILE
    ]  # fmt: skip
    cases = []
    for number, text in enumerate(HOSTILE):
        rule = rules[f"A{number}"]
        templates = "{{" in text or "}}" in text
        annotations = dict(rule.annotations)
        annotations["description"] = annotations["description"].replace("{{ $value | humanize }}", "10")
        assert annotations["summary"] == ("Plain" if templates else text)
        expected = {"exp_labels": dict(rule.labels), "exp_annotations": annotations}
        cases.append({"eval_time": "10m", "alertname": rule.alert, "exp_alerts": [expected]})
    test = {
        "rule_files": [str(tmp_path / "laid/build/rules/x.yml")],
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": cases}],
    }
    (tmp_path / "test.yml").write_bytes(to_yaml(test))
    said = run_program((*programs["promtool"], "test", "rules", str(tmp_path / "test.yml")), tmp_path)
    assert said.code == 0, said
