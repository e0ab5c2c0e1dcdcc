"""The reader of LogQL: what it takes, what it refuses and where; what is known of the names that a query uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.logql.asked import asked
from generator.logql.read import read
from generator.logql.tokens import NotLogQL
from generator.logql.tree import Aggregate, LabelFilter, LineFilter, Lines, Parser, Range, walk
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from generator.logql.tree import Node

DATA = Path(__file__).parent / "data" / "logql"
RIGHT = (DATA / "right.txt").read_text().splitlines()
WRONG = (DATA / "wrong.txt").read_text().splitlines()


@pytest.mark.parametrize("text", RIGHT)
def test_logql_is_read(text: str) -> None:
    assert list(walk(read(text)))


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_logql_is_refused(text: str) -> None:
    with pytest.raises(NotLogQL):
        read(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('rate({a="b"})', "column 13: over which time? A range such as [5m] is missing"),
        ('sum({a="b"})', "column 5: lines are no numbers: count them, as in rate({…}[5m])"),
        ("{a='b'}", "column 4: a string stands in \"…\" or `…`: 'b'}"),
        ('{a="b"} |= "x', 'column 12: a string that does not end: "x'),
        ('rate({a="b"}[5m:1m])', "column 13: not a range: [5m:1m]) (write [5m])"),
        ('{a="b"} | json | x ~ 5', "column 20: not understood: ~ 5"),
        ('raet({a="b"}[5m])', "column 1: no function is called raet"),
        ('{a=~".*"}', 'column 1: the selector asks for everything: one matcher must name what it wants, as service="…"'),
        ('{a="b"} | pattern "x"', "column 19: the pattern names nothing: write <name>"),
        ('topk(rate({a="b"}[5m]))', "column 6: topk takes a number first"),
        ('avg_over_time({a="b"}[5m])', "column 1: avg_over_time is of values, not of lines: say which, with | unwrap FIELD"),
    ],
)  # fmt: skip
def test_a_complaint_says_where_and_what(text: str, complaint: str) -> None:
    with pytest.raises(NotLogQL) as refused:
        read(text)
    assert str(refused.value) == complaint


def test_a_query_is_a_tree() -> None:
    tree = read('sum by (code) (rate({service="shop"} |= `a "b"` or "c\\n" | json | code!="200" [5m]))')
    assert isinstance(tree, Aggregate)
    assert (tree.op, tree.grouping, tree.labels) == ("sum", "by", ("code",))
    counted = tree.inner
    assert isinstance(counted, Range)
    words, parser, condition = counted.lines.stages
    assert isinstance(words, LineFilter)
    assert words.words == ('a "b"', "c\n")
    assert isinstance(parser, Parser)
    assert isinstance(condition, LabelFilter)
    assert [str(one.label) for one in condition.conditions] == ["code"]
    assert [str(one) for one in counted.lines.matchers] == ['service="shop"']


def test_variables_of_grafana_stand_where_their_kind_can() -> None:
    tree = read('topk($n, rate({service=~"$service"} |~ `(?i)$search` | took > ${least} [$__interval]))')
    assert any(isinstance(one, Lines) for one in walk(tree))


def names(query: Node) -> dict[str, bool]:
    """Every name that is asked for, and whether something is known by it (True too where anything may be)."""
    return {one.name: one.known is None or one.name in one.known for one in asked(small_stack(), query)}


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ('{service="shop"} | level="ERROR"', {"level": True}),
        ('{service="shop"} | route="a"', {"route": False}),
        ('{service="shop"} | json | route="a"', {"route": True}),
        ('{service="shop"} | logfmt code | code="5" | route="a"', {"code": True, "route": False}),
        ('{service="shop"} | pattern "<ip> <_>" | ip="::1" | line_format "{{.ip}} {{ToUpper .route}} {{ \\".a\\" }}"',
         {"ip": True, "route": False}),
        ('{service="shop"} | label_format new=level, other="{{.gone}}" | new="a" | other="b"',
         {"level": True, "gone": False, "new": True, "other": True}),
        ('max by (level) (sum by (category) (rate({service="shop"}[5m])))', {"level": False, "category": True}),
        ('sum by (level) (sum without (category) (rate({service="shop"}[5m])))', {"level": True}),
        ('sum by (new) (label_replace(rate({service="shop"}[5m]), "new", "$1", "level", "(.*)"))', {"new": True}),
    ],
)  # fmt: skip
def test_what_is_known_by_a_name(query: str, known: dict[str, bool]) -> None:
    assert names(read(query)) == known
