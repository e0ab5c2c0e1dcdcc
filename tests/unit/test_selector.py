"""Selectors: read once, written as PromQL, and matched as Prometheus does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.selector import Matcher, Selector


@pytest.mark.parametrize(("text", "written"), [
    ("up", "up"),
    (" up ", "up"),
    ("up{}", "up"),
    ('up{job="a"}', 'up{job="a"}'),
    ("up{ job = 'a' , code!=\"5xx\" }", 'up{job="a",code!="5xx"}'),
    ('up{a="1",}', 'up{a="1"}'),
    ('up{a=~"x|y",b!~"z.*"}', 'up{a=~"x|y",b!~"z.*"}'),
    (r'up{a="say \"hi\""}', r'up{a="say \"hi\""}'),
    ("up{a='say \"hi\"'}", r'up{a="say \"hi\""}'),
    (r'up{a="back\\slash"}', r'up{a="back\\slash"}'),
    (r'up{a="tab\there"}', r'up{a="tab\there"}'),
    ('up{a="$1 {{ $value }} } , ü"}', 'up{a="$1 {{ $value }} } , ü"}'),
    ('a:b{c=""}', 'a:b{c=""}'),
])  # fmt: skip
def test_read_and_written(text: str, written: str) -> None:
    assert str(Selector.parse(text)) == written


EXPRESSION = 'after the metric only {label="value", …} may follow (promql takes any expression)'


@pytest.mark.parametrize(("text", "reason"), [
    ("", "it must start with a metric's name"),
    ('{a="b"}', "it must start with a metric's name"),
    ("5", "it must start with a metric's name"),
    ("up[5m]", EXPRESSION),
    ("up > 1", EXPRESSION),
    ('up{a="b"', EXPRESSION),
    ('up{a="b"} > 1', EXPRESSION),
    ("up{a}", 'near \'a\' a matcher label="value" was expected'),
    ("up{a=b}", 'near \'a=b\' a matcher label="value" was expected'),
    ('up{a-b="c"}', 'near \'a-b="c"\' a matcher label="value" was expected'),
    ('up{a="b" c="d"}', "near 'c=\"d\"' a comma was expected"),
])  # fmt: skip
def test_what_is_no_selector(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'not a selector: {text!r}; {reason}')}$"):
        Selector.parse(text)


def test_what_a_matcher_cannot_hold() -> None:
    with pytest.raises(ValueError, match=r"^label a cannot hold a line break$"):
        Selector.parse(r'up{a="x\ny"}')
    with pytest.raises(ValueError, match=r"^not a regular expression: '\(' "):
        Selector.parse('up{a=~"("}')
    with pytest.raises(ValueError, match=r"^not a selector: 5; write a metric's name"):
        Selector.parse(5)


@pytest.mark.parametrize(("matcher", "fits", "fails"), [
    (Matcher("a", "=", "x"), "x", "xx"),
    (Matcher("a", "!=", "x"), "xx", "x"),
    (Matcher("a", "=~", "x|y"), "y", "xy"),
    (Matcher("a", "!~", "x.*"), "yx", "xy"),
    (Matcher("a", "=", ""), "", "x"),
])  # fmt: skip
def test_matching_is_anchored(matcher: Matcher, fits: str, fails: str) -> None:
    assert matcher.matches(fits)
    assert not matcher.matches(fails)


def test_more_matchers_come_first_and_another_metric_keeps_them() -> None:
    selector = Selector.parse('h{a="1"}')
    assert str(selector.where((Matcher("job", "=", "j"),))) == 'h{job="j",a="1"}'
    assert str(selector.named("h_bucket")) == 'h_bucket{a="1"}'


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
def test_any_value_survives(value: str) -> None:
    selector = Selector("up", (Matcher("a", "=", value),))
    assert Selector.parse(str(selector)) == selector
