"""What `specola check` says, in every format, to the letter."""

from __future__ import annotations

import json

from generator.validate.checks import CHECKS
from generator.validate.pages import document, explain, listing, unknown
from generator.validate.report import Report, as_json, github, sarif, text
from generator.validate.work import Check, Verdict
from spec.problem import Mark, Problem

ERROR = Problem(Mark("services/shop.yaml", 12, 5), "alerts[0]", "100% of it: a, b", "do: this", "error", "promql/one")
WARNING = Problem(Mark("stack.yaml", 1, 1), "", "old", "", "warning", "secrets")
CHECK = (
    Check("promql/one", "", lambda _: (), "One thing.\n\nWhy.", "promql"),
    Check("promql/two", "", lambda _: (), "Another.", "promql"),
    Check("secrets", "", lambda _: (), "Secrets."),
    Check("loki/config", "loki", lambda _: (), "Loki."),
)
REPORT = Report(
    (
        Verdict("promql/one", True, "", (ERROR,), 0.5),
        Verdict("promql/two", True, "", (), 0.25),
        Verdict("secrets", True, "", (WARNING,)),
        Verdict("loki/config", False, "get it there", ()),
    ),
    (ERROR, WARNING),
    CHECK,
    excused=2,
    facts={"cardinality": {"series": 7}},
)


def test_text_has_a_row_for_each_group() -> None:
    assert text(REPORT).splitlines() == [
        "services/shop.yaml:12:5: alerts[0]: 100% of it: a, b (do: this) [promql/one]",
        "stack.yaml:1:1: warning: old [secrets]",
        "",
        "check         result   problems    time",
        "promql/* (2)  problems        1   0.75s",
        "secrets       ok              1   0.00s",
        "loki/config   SKIPPED  get it there",
        "1 error, 1 warning, 2 excused, 3 checks made, 1 SKIPPED",
    ]


def test_github_annotations_escape_what_would_end_them() -> None:
    assert github(REPORT).splitlines()[0] == (
        "::error file=services/shop.yaml,line=12,col=5,title=promql/one::alerts[0]: 100%25 of it: a, b (do: this)"
    )
    assert github(REPORT).splitlines()[1] == "::warning file=stack.yaml,line=1,col=1,title=secrets::old"


def test_sarif_names_rule_place_and_level() -> None:
    run = json.loads(sarif(REPORT))["runs"][0]
    assert run["tool"]["driver"]["rules"] == [
        {"id": "promql/one", "shortDescription": {"text": "One thing."}},
        {"id": "secrets", "shortDescription": {"text": "Secrets."}},
    ]
    assert run["results"][0] == {
        "ruleId": "promql/one",
        "level": "error",
        "message": {"text": "alerts[0]: 100% of it: a, b (do: this)"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "services/shop.yaml"},
                    "region": {"startLine": 12, "startColumn": 5},
                }
            }
        ],
    }


def test_json_has_the_figures_too() -> None:
    data = json.loads(as_json(REPORT))
    assert (data["excused"], data["cardinality"]) == (2, {"series": 7})
    assert [problem["id"] for problem in data["problems"]] == ["promql/one", "secrets"]


def test_every_check_has_a_page_and_an_id_of_its_own() -> None:
    pages = [explain(check.name, CHECKS) for check in CHECKS]
    assert all(page and len(page) > len("x/y: a whole sentence.") for page in pages)
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_explain() -> None:
    assert explain("promql/one", CHECK) == "promql/one: One thing.\n\nWhy."
    assert explain("promql/three", CHECK) is None
    assert unknown("promql/on", CHECK) == "there is no check 'promql/on'; did you mean promql/one?"
    assert "promql/two   Another." in listing(CHECK)


def test_the_document_leads_to_every_check() -> None:
    text = document(CHECK)
    assert "- [`promql/one`](#promqlone) One thing." in text
    assert "\n## promql/one\n\nOne thing.\n\nWhy.\n" in text
