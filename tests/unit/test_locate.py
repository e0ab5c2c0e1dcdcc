"""From paths to places, and paths as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.locate import Path, in_file, locate, spell, unspell
from spec.overlay import merge
from spec.problem import Mark
from spec.yaml_tree import Map, parse

TUG = "service: tug\nalerts:\n  - name: Slow\n    for: 5m\n  - {name: Down}\nmetrics:\n  a b: {type: counter}\n"


def tree() -> Map:
    """A stack with one service, as the including of files makes it."""
    stack, _ = parse("title: Demo\nalerts:\n  - {name: Watchdog, for: 1m}\n", "stack.yaml")
    service, _ = parse(TUG, "services/tug.yaml")
    services = Map(stack.place)
    services.put("tug", service, (*service.value_mark("service"), 1, 1))
    stack.put("services", services, ("stack.yaml", 1, 1, 1, 1))
    return stack


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("alerts",), "alerts"),
        (("alerts", 1, "for"), "alerts[1].for"),
        (("metrics", "a b"), 'metrics["a b"]'),
        (("labels", "5xx", "a-b"), "labels.5xx.a-b"),
        (("a.b", "c"), '["a.b"].c'),
        (("", "ü", "-x", 'q"'), '[""]["ü"]["-x"]["q\\""]'),
        (("a\n\ud800",), '["a\\n\\ud800"]'),
        ((0, 1), "[0][1]"),
    ],
)
def test_spelling_and_reading_a_path(path: Path, text: str) -> None:
    assert spell(path) == text
    assert unspell(text) == path


@given(st.lists(st.text(max_size=8) | st.integers(min_value=0, max_value=999), max_size=5))
def test_every_path_reads_back(parts: list[str | int]) -> None:
    assert unspell(spell(tuple(parts))) == tuple(parts)


@pytest.mark.parametrize(
    ("text", "column"),
    [(".a", 1), ("a.", 2), ("a..b", 2), ("a b", 2), ("a[x]", 2), ("a[", 2), ("[0]a", 4), ('a["\\q"]', 2), ("ü", 1)],
)
def test_what_is_not_a_path(text: str, column: int) -> None:
    with pytest.raises(ValueError, match=f"^not a path at column {column}: "):
        unspell(text)


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), "stack.yaml:1:1", "stack.yaml:1:1"),
        (("title",), "stack.yaml:1:8", "stack.yaml:1:1"),
        (("alerts", 0), "stack.yaml:3:5", "stack.yaml:3:5"),
        (("alerts", 0, "for"), "stack.yaml:3:27", "stack.yaml:3:22"),
        (("services", "tug"), "services/tug.yaml:1:1", "services/tug.yaml:1:10"),
        (("services", "tug", "alerts", 0, "for"), "services/tug.yaml:4:10", "services/tug.yaml:4:5"),
    ],
)
def test_the_place_of_a_value_and_of_its_key(path: Path, value: str, key: str) -> None:
    assert str(locate(tree(), path)) == value
    assert str(locate(tree(), path, key=True)) == key


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("owner",), "stack.yaml:1:1"),
        (("title", "deeper"), "stack.yaml:1:1"),
        (("services", "tug", "owner"), "services/tug.yaml:1:10"),
        (("services", "tug", "alerts", 1, "for"), "services/tug.yaml:5:5"),
        (("services", "tug", "alerts", 7, "for"), "services/tug.yaml:2:1"),
        (("services", "tug", "alerts", -1), "services/tug.yaml:2:1"),
        (("services", "tug", "alerts", "name"), "services/tug.yaml:2:1"),
        (("services", "tug", "metrics", "a b", "[key]"), "services/tug.yaml:7:3"),
    ],
)
def test_what_is_missing_is_at_its_nearest_ancestors_key(path: Path, where: str) -> None:
    assert str(locate(tree(), path)) == where


def test_a_scalar_has_no_place_of_its_own() -> None:
    assert locate("text", ("a",)) == Mark("", 1, 1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("services", "tug", "alerts", 0, "for"), "services/tug.yaml:4:10: alerts[0].for"),
        (("services", "tug", "metrics", "a b", "help"), 'services/tug.yaml:7:3: metrics["a b"].help'),
        (("services", "tug"), "services/tug.yaml:1:1: "),
        (("services",), "stack.yaml:1:1: services"),
        (("services", "other"), "stack.yaml:1:1: services.other"),
        (("alerts", 0, "for"), "stack.yaml:3:27: alerts[0].for"),
    ],
)
def test_a_path_in_the_terms_of_its_file(path: Path, text: str) -> None:
    mark, spelled = in_file(tree(), path)
    assert f"{mark}: {spelled}" == text


def test_an_overlay_names_the_service_and_the_element() -> None:
    overlay, _ = parse("services:\n  tug:\n    alerts:\n      Slow: {for: 9m}\n", "overlays/prod.yaml")
    merged, problems = merge(tree(), overlay)
    assert not problems
    mark, spelled = in_file(merged, ("services", "tug", "alerts", 0, "for"))
    assert f"{mark}: {spelled}" == "overlays/prod.yaml:4:19: services.tug.alerts.Slow.for"
    mark, spelled = in_file(merged, ("services", "tug", "alerts", 0, "name"))
    assert f"{mark}: {spelled}" == "services/tug.yaml:3:11: alerts[0].name"


def test_a_list_that_an_overlay_replaced_is_counted() -> None:
    overlay, _ = parse("alerts: [{name: Other, for: x}]\n", "overlays/prod.yaml")
    merged, _ = merge(tree(), overlay)
    mark, spelled = in_file(merged, ("alerts", 0, "for"))
    assert f"{mark}: {spelled}" == "overlays/prod.yaml:1:29: alerts[0].for"
