"""Data to YAML and JSON: every string comes back as it was, whichever reader takes it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from generator.text import HEADER, scalar, to_json, to_yaml
from spec.yaml_tree import parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBER = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
SCALAR = TEXT | NUMBER | st.booleans() | st.none()
DATA = st.dictionaries(
    TEXT,
    st.recursive(
        SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
    ),
    min_size=1,
    max_size=5,
)


def test_a_document_as_people_read_it() -> None:
    data = {
        "global": {"scrape_interval": "15s", "labels": {}},
        "list": ["plain", 'say "hi"', 5, 0.5, True, None, [], ["inner", {"a": 1, "b": [2]}]],
        "expr": "up == 0\nor vector(1)",
    }
    assert to_yaml(data, header="# head\n").decode() == (
        "# head\n"
        "global:\n"
        '  scrape_interval: "15s"\n'
        "  labels: {}\n"
        "list:\n"
        "  - plain\n"
        "  - 'say \"hi\"'\n"
        "  - 5\n"
        "  - 0.5\n"
        "  - true\n"
        "  - null\n"
        "  - []\n"
        "  -\n"
        "    - inner\n"
        "    - a: 1\n"
        "      b:\n"
        "        - 2\n"
        'expr: "up == 0\\nor vector(1)"\n'
    )
    assert to_yaml({"a": 1}).decode() == f"{HEADER}a: 1\n"


TRAPS = (
    "yes", "No", "ON", "off", "y", "N", "true", "False", "null", "Null", "~", "", " ", "nan", ".nan", "inf", "-.inf", ".INF",
    "12:30", "18:00:00", "1_000", "0o17", "017", "0x1F", "0b1", "1e3", "1.5", "+1", "-1", ".5", "5.", "2024-01-01",
    "2001-12-14t21:59:43.10-05:00", "=", "<<", "- a", "? a", ": a", "a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a",
    "@a", "`a`", "[a", "{a", "a,b", "'", '"', "'\"", "\\", "\\n", " a", "a ", "a\n", "\ta", "\0", "\x7f", "\x85", "\u2028",
    "\u2029", "\ufeff", "\ufeffa", "\uffff", "\U0001f600", "a\u00adb", "---", "...", "--- a", "key:", "$x", "${x}", "{{ $value }}",
)  # fmt: skip


@pytest.mark.parametrize("text", TRAPS, ids=ascii)
def test_what_yaml_could_take_for_something_else(text: str) -> None:
    assert yaml.safe_load(to_yaml({text: text, "list": [text]})) == {text: text, "list": [text]}


@given(DATA)
@example({"a": 1e16, "b": 1e-7, "c": 1.5e300, "d": -0.0})
def test_any_data_comes_back(data: dict[str, Any]) -> None:
    assert yaml.load(to_yaml(data), Loader=yaml.CSafeLoader) == data
    assert json.loads(to_json(data)) == data


@given(TEXT)
def test_any_string_takes_one_line_that_the_python_reader_and_our_own_take_alike(text: str) -> None:
    written = scalar(text)
    assert len(written.splitlines()) == 1
    assert yaml.load(written, Loader=yaml.SafeLoader) == text
    tree, problems = parse(f"key: {written}\n", "a.yaml")
    assert tree == {"key": text} or any("control character" in problem.message for problem in problems)


@pytest.mark.parametrize(("value", "text"), [
    (1.0, "1.0"), (1e16, "1.0e+16"), (1.5e-7, "1.5e-07"), (math.inf, ".inf"), (-math.inf, "-.inf"), (math.nan, ".nan"),
])  # fmt: skip
def test_numbers_that_yaml_1_1_would_take_for_text(value: float, text: str) -> None:
    assert scalar(value) == text
    assert yaml.safe_load(text) == value or math.isnan(value)


def test_json_keeps_the_order_of_keys_and_letters_of_any_script() -> None:
    assert to_json({"b": "ü", "a": [1]}).decode() == '{\n "b": "ü",\n "a": [\n  1\n ]\n}\n'
