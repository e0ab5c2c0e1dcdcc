"""Panels of one shape are made once: each is, to the byte, what its maker gives when it is told the words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards import moulds, panel_words, panels, stencils
from dashboards.board import encode
from dashboards.catalog import dashboards
from dashboards.layout import Section
from dashboards.parts import Column, Link, Query, Threshold
from dashboards.written import Form, encoded
from rules.runbook import pages
from spec.load import load
from tests.every_kind import every_kind
from tests.one_by_one import none_left, told
from tests.unit.valid_specs import loaded, specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.modern import Json
    from dashboards.parts import Panel
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]
UP = Query("up")


def files(stack: Stack) -> list[bytes]:
    return [encode(filed.board) for filed in dashboards(stack, pages(stack))]


def one_by_one(work: Callable[[], Any]) -> Any:
    """What the work gives when every panel is made by itself."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(moulds, "_mould", told)
        patched.setattr(stencils, "USED", False)
        patched.setattr(panel_words, "said_by", none_left)
        return work()


def test_all_dashboards_of_five_systems_are_as_if_made_one_by_one() -> None:
    stack = load(ROOT / "stack.yaml").stack
    assert files(stack) == one_by_one(lambda: files(stack))


def test_every_kind_of_panel_is_as_if_made_by_itself() -> None:
    assert encode(every_kind()) == one_by_one(lambda: encode(every_kind()))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(specs())
def test_all_dashboards_of_any_stack_are_as_if_made_one_by_one(written: dict[str, dict[str, Any]]) -> None:
    stack = loaded(written)
    assert files(stack) == one_by_one(lambda: files(stack))


def test_a_stencil_puts_words_into_texts() -> None:
    asked: list[str] = []

    @stencils.stencilled
    def pair(one: str, two: str) -> tuple[Panel, ...]:
        asked.append(one)
        return stat(f"{two} %s", description=f"{one} of {one}"), stat("%", links=(Link("L", f"/d/{one}?a={two}"),))

    for words in (("a\0001\0", "%d"), ('"', "\\"), ("ä", "{}")):
        board, plain = (
            panels.dashboard(title="T", uid="t", description="D.", sections=(Section("", made),))
            for made in (pair(*words), pair.__wrapped__(*words))  # type: ignore[attr-defined]
        )
        assert encode(board) == encode(plain)
        assert board.document == plain.document
    assert asked[0] == "\0000\0"
    assert len(asked) == 1 + 3


def stat(title: str = "S", **more: Any) -> Panel:
    return panels.stat(**{"title": title, "description": "D.", "queries": (UP,), **more})


def chart(*queries: Query) -> Panel:
    return panels.timeseries(title="C", description="D.", queries=queries)


@pytest.mark.parametrize(("one", "other"), [
    (lambda: stat(minimum=1), lambda: stat(minimum=1.0)),
    (lambda: stat(thresholds=(Threshold(1, "high"),)), lambda: stat(thresholds=(Threshold(1, "low"),))),
    (lambda: stat(thresholds=(Threshold(1, "high"),)), lambda: stat(thresholds=(Threshold(1, "high", below=True),))),
    (lambda: stat(links=(Link("L", "/d/l"),)), lambda: stat(links=(Link("L", "/d/l", new_tab=True),))),
    (lambda: chart(Query("up", "one")), lambda: chart(Query("up", "{{job}}"))),
    (lambda: chart(Query("up", "one")), lambda: chart(Query("up"))),
    (lambda: chart(UP), lambda: chart(UP, UP)),
    (lambda: chart(UP), lambda: stat(title="C")),
    (lambda: stat(), lambda: stat(title="")),
], ids=["number", "severity", "side", "tab", "labels", "legend", "queries", "kind", "title"])  # fmt: skip
def test_what_makes_another_shape(one: Callable[[], Panel], other: Callable[[], Panel]) -> None:
    moulds.forget()
    made = [json.dumps(make().model) for make in (one, other)]
    assert moulds.count() == 2
    assert made == one_by_one(lambda: [json.dumps(make().model) for make in (one, other)])


def test_links_of_columns_are_words() -> None:
    def table(*addresses: str) -> Panel:
        columns = (Column("A", "Alone"), *(Column(url, url, link=Link("L", url)) for url in addresses))
        return panels.table(title="T", description="D.", queries=(UP,), columns=columns)

    def both() -> list[str]:
        return [json.dumps(table(*of).model) for of in (("/a", "/b"), ("/a", "/b"), ("/c",))]

    moulds.forget()
    assert both() == one_by_one(both)
    assert moulds.count() == 2


def test_words_make_no_other_shape() -> None:
    moulds.forget()
    made = [
        stat(links=(Link("A", "/d/a"),)),
        stat("T", description="E.", queries=(Query("a"),), links=(Link("B", "/b"),)),
    ]
    assert moulds.count() == 1
    assert [panel.model["title"] for panel in made] == ["S", "T"]


def test_files_are_their_documents() -> None:
    for filed in dashboards(load(ROOT / "stack.yaml").stack, {}):
        assert json.loads(encode(filed.board)) == filed.document


LIKE_MARKS = st.text("\0" + "01:%s", max_size=5) | st.integers()


@given(st.tuples(LIKE_MARKS, LIKE_MARKS), st.tuples(LIKE_MARKS, LIKE_MARKS))
def test_a_form_has_the_text_of_its_tree(rest: tuple[object, object], words: tuple[object, object]) -> None:
    model: Json = {"targets": [{"expr": "", "ref": rest[0]}], "of": rest[1], "title": ""}
    form = Form(model, (("title",), ("targets", 0, "expr")))
    for indent in ("", "  "):
        assert json.loads(form.text([*map(encoded, words)], indent)) == form.tree(words)


def test_words_may_look_like_marks() -> None:
    def content() -> bytes:
        queries = (Query("up"),)
        chart = panels.timeseries(title="\x000\x00", description="D.", queries=queries, colours=("\x001\x00",))
        return encode(panels.dashboard(title="T", uid="t", description="D.", sections=(Section("", (chart,)),)))

    assert content() == one_by_one(content)


def test_only_so_many_shapes_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moulds, "MOST", 3)
    moulds.forget()
    for limit in range(10):
        stat(thresholds=(Threshold(limit, "high"),))
        assert moulds.count() <= 3
