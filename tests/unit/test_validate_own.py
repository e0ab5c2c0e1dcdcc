"""The looks of our own: what no tool complains of, and would not work all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generator.validate import blackbox, dashboards, rendered
from generator.validate.expressions import expressions, fault
from generator.validate.promises import promises
from generator.validate.secrets import secrets
from generator.validate.templates import templates
from rules.rule import Alerting, Recording
from spec.scalars import Duration
from tests.unit.checked import ALERTMANAGER, BLACKBOX, edit, laid_out, project_in, said, with_artefact

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
    ("expr", "complaint"),
    [
        (
            "up[5m]",
            "the expression is a range vector, where an instant vector is needed: it would fail at every evaluation",
        ),
        (
            "(up[5m])",
            "the expression is a range vector, where an instant vector is needed: it would fail at every evaluation",
        ),
        (
            "up[1h:5m]",
            "the expression is a range vector, where an instant vector is needed: it would fail at every evaluation",
        ),
        ('"up"', "the expression is a string, where an instant vector is needed: it would fail at every evaluation"),
        ("1", "the expression is a constant: the alert would always or never fire"),
        ("vector(1) > 0", "the expression is a constant: the alert would always or never fire"),
        ("time() > bool 100", "the expression is a constant: the alert would always or never fire"),
        ("sum((", "not PromQL: unclosed left parenthesis"),
        ("up == 0", ""),
        ("absent(up)", ""),
        ("-rate(a_total[5m]) < -1 and on (job) up", ""),
        ("1 - avg by (job) (up)", ""),
    ],
)
def test_expressions_that_load_and_never_work(expr: str, complaint: str) -> None:
    rule = Alerting("Sample", expr, Duration(0), None, {}, {}, ())
    assert fault(rule, trusted=False) == complaint


def test_only_the_watchdog_may_always_fire_and_only_promtool_judges_syntax_when_it_is_there() -> None:
    assert fault(Alerting("Watchdog", "vector(1)", Duration(0), None, {}, {}, ()), trusted=True) == ""
    assert fault(Recording("a:b", "1", {}, ()), trusted=True) == ""
    assert fault(Recording("a:b", "sum((", {}, ()), trusted=True) == ""


def test_free_expressions_of_the_spec_that_are_no_vectors(project: Path, tmp_path: Path) -> None:
    edit(project / "services/shop.yaml", "{value: shop_queue}", "{promql: 'shop_queue{$scope}[5m]'}")
    edit(project / "services/shop.yaml", "above: 100, ", "")
    found = said(laid_out(project, tmp_path / "checked"), expressions)
    assert any(
        "range vector" in text and text.startswith("services/shop.yaml:12:19: indicators.queue.promql: rule QueueLong")
        for text in found
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            '{{ template \\"specola.text\\" . }}',
            '{{ template \\"specola.txt\\" . }}',
            "template 'specola.txt' is used, but defined nowhere",
        ),
        (
            '{{ template "specola.slack" . }}',
            '{{ template "specola.slack" .',
            "an action is not closed: '}}' is missing at its end",
        ),
        ('{{ template "specola.slack" . }}', "{{ {{ .X }}", "line 1: {{ inside an action"),
        ('{{ template "specola.slack" . }}', "{{ .X }} }}", "line 1: }} without its {{"),
    ],
)
def test_templates_of_receivers(work: Work, old: str, new: str, complaint: str) -> None:
    text = work.text(ALERTMANAGER)
    old, new = (old, new) if old in text else (old.replace('\\"', '"'), new.replace('\\"', '"'))
    assert any(text.endswith(complaint) for text in said(with_artefact(work, ALERTMANAGER, old, new), templates))


def test_templates_as_rendered_are_fine(work: Work) -> None:
    assert said(work, templates) == []


@pytest.mark.parametrize(
    ("promise", "problem"),
    [
        ("{name: told, when: {severity: [high]}, to: [chat]}", ""),
        (
            "{name: told, when: {severity: [medium]}, to: [mail, chat]}",
            "notification.must_reach[0]: the promise 'told' is broken: QueueLong of shop in development "
            "does not reach chat (change a route, or the promise)",
        ),
        (
            "{name: told, when: {category: [security]}, to: [chat]}",
            "notification.must_reach[0].when: warning: the promise is about no alert "
            "(correct its conditions, or remove it)",
        ),
    ],
)
def test_promises_of_who_is_told(project: Path, tmp_path: Path, promise: str, problem: str) -> None:
    edit(project / "stack.yaml", "  mute_intervals:", f"  must_reach:\n    - {promise}\n  mute_intervals:")
    found = [text.split(": ", 1)[1] for text in said(laid_out(project, tmp_path / "checked"), promises)]
    assert found == ([problem] if problem else [])


def test_a_secret_that_is_used_but_not_there_is_a_warning(work: Work) -> None:
    assert said(work, secrets) == [
        "stack.yaml:8:9: secrets.chat: warning: the secret 'chat' is used, "
        "but its file secrets/chat is missing or empty (`up` needs it in environment development)"
    ]


def test_a_secret_that_is_there_is_fine(work: Work) -> None:
    (work.root / "secrets").mkdir()
    (work.root / "secrets/chat").write_text("x")
    assert said(work, secrets) == []


@pytest.mark.parametrize("kind", ["env: CHAT_URL", "generate: true"])
def test_a_secret_that_up_will_find_or_make_is_fine(project: Path, tmp_path: Path, kind: str) -> None:
    edit(project / "stack.yaml", "file: secrets/chat", kind)
    assert said(laid_out(project, tmp_path / "checked"), secrets) == []


def test_a_prober_that_does_not_exist(work: Work) -> None:
    broken = with_artefact(work, BLACKBOX, "prober: http", "prober: htp")
    assert said(broken, blackbox.modules) == [
        "services/shop.yaml:6:5: probes[0]: blackbox.yml: unknown prober 'htp' in module 'shop-probe-live' "
        "(known: http, tcp, dns, icmp, grpc)"
    ]


def test_a_probe_whose_module_is_not_there(work: Work) -> None:
    broken = with_artefact(work, BLACKBOX, "shop-probe-live", "shop-probe-life")
    message = "the probe's job asks for the module 'shop-probe-live', which blackbox.yml does not have"
    assert said(broken, blackbox.modules) == [f"services/shop.yaml:6:5: probes[0]: {message}"]


PANEL = {"id": 1, "title": "A", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0}, "targets": [{"refId": "A"}]}
BOARD = {"uid": "shop", "title": "Shop", "panels": [PANEL]}


@pytest.mark.parametrize(
    ("board", "complaint"),
    [
        ({**BOARD, "uid": "a b"}, "uid 'a b' is not of 1 to 40 letters, digits, - and _"),
        ({**BOARD, "uid": "x" * 41}, f"uid '{'x' * 41}' is not of 1 to 40 letters, digits, - and _"),
        ({**BOARD, "title": ""}, "it has no title"),
        ({**BOARD, "panels": [PANEL, PANEL]}, "panel id 1 is there twice"),
        (
            {**BOARD, "panels": [{**PANEL, "gridPos": {"h": 8, "w": 12, "x": 16, "y": 0}}]},
            "panel 'A': gridPos {'h': 8, 'w': 12, 'x': 16, 'y': 0} does not fit into 24 columns",
        ),
        (
            {**BOARD, "panels": [{**PANEL, "targets": [{"refId": "A"}, {"refId": "A"}]}]},
            "panel 'A': its queries have no refIds of their own",
        ),
        (
            {**BOARD, "panels": [{**PANEL, "datasource": "Prometheus"}]},
            "panel 'A': the data source 'Prometheus' has no uid",
        ),
        ([], "not a mapping"),
    ],
)
def test_dashboards_that_grafana_would_not_show(work: Work, board: object, complaint: str) -> None:
    broken = replace(work, artefacts={"dashboards/web/shop.json": json.dumps(board).encode()})
    assert f"services/shop.yaml:1:1: dashboards/web/shop.json: {complaint}" in said(broken, dashboards.dashboards)


def test_uids_and_titles_that_are_there_twice(work: Work) -> None:
    board = json.dumps(BOARD).encode()
    broken = replace(
        work,
        artefacts={"dashboards/web/shop.json": board, "dashboards/web/zoo.json": board, "dashboards/web/x.json": b"{"},
    )
    assert [text.partition(", first")[0] for text in said(broken, dashboards.dashboards)] == [
        "stack.yaml:1:1: dashboards/web/x.json: not JSON: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
        "stack.yaml:1:1: dashboards/web/zoo.json: title 'Shop' is there twice",
        "stack.yaml:1:1: dashboards/web/zoo.json: uid 'shop' is there twice",
    ]


def test_a_line_of_a_rendered_file_leads_to_the_part_that_stands_there() -> None:
    tree = rendered.tree_of("a: 1\njobs:\n  - name: x\n    port: 1\n  - name: y\n    more:\n      deep: [1, 2]\n")
    assert [rendered.part_at(tree, line) for line in (1, 2, 4, 5, 7, 99)] == [
        ("a",),
        ("jobs",),
        ("jobs", 0, "port"),
        ("jobs", 1, "name"),
        ("jobs", 1, "more", "deep", 1),
        ("jobs", 1, "more", "deep", 1),
    ]
    assert rendered.part_with("a: 1\nb: two words\n", "two words") == ("b",)
    assert rendered.part_with("a: 1\n", "nothing") == ()
