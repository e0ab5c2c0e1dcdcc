"""Overlays: what merges, what replaces, what is removed, and where the result says it comes from."""

from __future__ import annotations

import copy

import pytest

from spec.locate import Path, locate
from spec.overlay import from_settings, merge
from spec.yaml_tree import Map, parse

BASE = """\
title: Demo
components:
  prometheus: {port: 9090, keep: 30d}
  loki: {port: 3100}
alerts:
  - {name: Slow, for: 5m, labels: {tier: a}}
  - {name: Down, for: 2m}
labels: [level, module]
empty: []
"""


def base() -> Map:
    tree, problems = parse(BASE, "stack.yaml")
    assert not problems
    return tree


def merged(text: str) -> tuple[Map, list[str]]:
    overlay, problems = parse(text, "overlays/prod.yaml")
    assert not problems
    tree, problems = merge(base(), overlay)
    return tree, [problem.text() for problem in problems]


@pytest.mark.parametrize(
    ("overlay", "path", "value"),
    [
        ("title: Other", ("title",), "Other"),
        ("components: {prometheus: {port: 1}}", ("components", "prometheus"), {"port": 1, "keep": "30d"}),
        ("components: {redis: {port: 6379}}", ("components", "redis"), {"port": 6379}),
        ("components: off", ("components",), "off"),
        ("labels: [app]", ("labels",), ["app"]),
        ("labels: {level: 1}", ("labels",), {"level": 1}),
        ("title: {a: 1}", ("title",), {"a": 1}),
        ("alerts: [{name: New}]", ("alerts",), [{"name": "New"}]),
        ("alerts: {Slow: {for: 9m}}", ("alerts", 0), {"name": "Slow", "for": "9m", "labels": {"tier": "a"}}),
        ("alerts: {Slow: {labels: {tier: b}}}", ("alerts", 0, "labels"), {"tier": "b"}),
        ("alerts: {Slow: null}", ("alerts",), [{"name": "Down", "for": "2m"}]),
        ("alerts: {Slow: {for: null}}", ("alerts", 0), {"name": "Slow", "labels": {"tier": "a"}}),
        ("components: {loki: null}", ("components",), {"prometheus": {"port": 9090, "keep": "30d"}}),
        ("components: {redis: {note: null}}", ("components", "redis"), {"note": None}),
        ("alerts: {}", ("alerts", 1), {"name": "Down", "for": "2m"}),
    ],
)
def test_merging(overlay: str, path: Path, value: object) -> None:
    tree, problems = merged(overlay)
    assert not problems
    found: object = tree
    for part in path:
        found = found[part]  # type: ignore[index]  # the tables hold paths that exist
    assert found == value


@pytest.mark.parametrize(
    ("overlay", "problem"),
    [
        (
            "alerts:\n  Slwo: {for: 1m}",
            "overlays/prod.yaml:2:3: alerts.Slwo: no element 'Slwo' to change (did you mean 'Slow'?)",
        ),
        (
            "alerts: {Unlike: null}",
            "overlays/prod.yaml:1:10: alerts.Unlike: no element 'Unlike' to remove (there is Slow, Down)",
        ),
        (
            "empty: {First: {a: 1}}",
            "overlays/prod.yaml:1:9: empty.First: no element 'First' to change (there is none)",
        ),
        (
            "alerts: {Slow: 5m}",
            "overlays/prod.yaml:1:16: alerts.Slow: not a change of an element "
            "(give a mapping of what to change, or null to remove the element)",
        ),
        (
            "components: {lokki: null}",
            "overlays/prod.yaml:1:14: components.lokki: no key 'lokki' to remove (did you mean 'loki'?)",
        ),
    ],
)
def test_what_an_overlay_cannot_do_leaves_the_base_as_it_is(overlay: str, problem: str) -> None:
    tree, problems = merged(overlay)
    assert problems == [problem]
    assert tree == base()


def test_a_service_of_an_overlay_must_exist() -> None:
    stack, _ = parse("services: {tug: {owner: a}}", "stack.yaml")
    overlay, _ = parse("services: {tgu: {owner: b}}", "overlays/prod.yaml")
    tree, problems = merge(stack, overlay)
    assert [problem.text() for problem in problems] == [
        "overlays/prod.yaml:1:12: services.tgu: no service 'tgu' to change (did you mean 'tug'?)"
    ]
    assert tree == stack


def test_every_value_keeps_the_place_it_came_from() -> None:
    tree, _ = merged("alerts:\n  Slow:\n    for: 9m\n    above: 2\ncomponents: {prometheus: {port: 1}}\n")
    places = {
        ("alerts",): "stack.yaml:6:3",
        ("alerts", 0): "stack.yaml:6:5",
        ("alerts", 0, "name"): "stack.yaml:6:12",
        ("alerts", 0, "for"): "overlays/prod.yaml:3:10",
        ("alerts", 0, "above"): "overlays/prod.yaml:4:12",
        ("alerts", 1, "for"): "stack.yaml:7:23",
        ("components", "prometheus"): "stack.yaml:3:15",
        ("components", "prometheus", "port"): "overlays/prod.yaml:5:33",
        ("components", "prometheus", "keep"): "stack.yaml:3:34",
    }
    assert {path: str(locate(tree, path)) for path in places} == places


def test_the_base_is_not_changed_and_what_is_untouched_is_shared() -> None:
    stack = base()
    before = copy.deepcopy(stack)
    overlay, _ = parse("alerts: {Slow: null}\ncomponents: {loki: {port: 1}}\n", "overlays/prod.yaml")
    tree, _ = merge(stack, overlay)
    assert (stack, stack.marks) == (before, before.marks)
    assert tree["labels"] is stack["labels"]
    old, new = stack["components"], tree["components"]
    assert isinstance(old, Map)
    assert isinstance(new, Map)
    assert new["prometheus"] is old["prometheus"]


def test_settings_make_an_overlay() -> None:
    tree, problems = from_settings(
        [
            "components.prometheus.port=9091",
            "components.loki={port: 3101, keep: [1d]}",
            "alerts.Slow.for=",
            'alerts.Slow["a=b"]="5"',
            "title=a: b #1",
            "title=*.example",
        ]
    )
    assert not problems
    assert tree == {
        "components": {"prometheus": {"port": 9091}, "loki": {"port": 3101, "keep": ["1d"]}},
        "alerts": {"Slow": {"for": None, "a=b": "5"}},
        "title": "*.example",
    }
    assert str(locate(tree, ("components", "prometheus", "port"))) == "--set:1:28"
    assert str(locate(tree, ("components", "loki", "keep"))) == "--set:2:36"
    assert str(locate(tree, ("alerts", "Slow", "a=b"), key=True)) == "--set:4:1"


def test_settings_lie_over_a_tree() -> None:
    overlay, _ = from_settings(["alerts.Slow.for=9m", "components.loki=null"])
    tree, problems = merge(base(), overlay)
    assert not problems
    assert str(locate(tree, ("alerts", 0, "for"))) == "--set:1:17"
    assert "loki" not in str(tree)


WRITE = "(write KEY=VALUE, such as components.prometheus.port=9091)"


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("port", f"--set:1:1: 'port': it does not start with a key and '=' {WRITE}"),
        ("=5", f"--set:1:1: '=5': it does not start with a key and '=' {WRITE}"),
        ("a..b=5", f"--set:1:1: 'a..b=5': not a path at column 2: 'a..b' {WRITE}"),
        (
            "alerts[0].for=5m",
            "--set:1:1: 'alerts[0].for=5m': a number does not choose an element; use its name, "
            f"as in alerts.HighErrorRate.for {WRITE}",
        ),
        (
            "a=[1",
            "--set:1:3: a list is not closed: did not find expected ',' or ']', "
            "while parsing a flow sequence since line 1 (check for a missing ',' or ']')",
        ),
        ("a=x\x1by", "--set:1:4: the character U+001B is not allowed (remove it)"),
    ],
)
def test_what_a_setting_cannot_be(setting: str, problem: str) -> None:
    tree, problems = from_settings([setting])
    assert [found.text() for found in problems] == [problem]
    assert tree == {}


def test_a_setting_with_too_many_parts() -> None:
    _, problems = from_settings([".".join(["a"] * 51) + "=1"])
    assert "the key has more than 50 parts" in problems[0].message
