"""Reading YAML: what is typed, where things stand, and what is refused with which words."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spec import yaml_tree
from spec.problem import Mark
from spec.yaml_fault import MAX_BYTES
from spec.yaml_tree import MAX_ALIASED_NODES, MAX_DEPTH, Map, Seq, parse, parse_value, plain

if TYPE_CHECKING:
    from spec.yaml_tree import Tree


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure Python":
        monkeypatch.setattr(yaml_tree, "_Parser", yaml.SafeLoader)


def problems(source: str | bytes) -> list[str]:
    return [problem.text() for problem in parse(source, "f.yaml")[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-5", -5),
        ("+5", 5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        *[(text, text) for text in ("no", "on", "yes", "True", "NULL", "12:30", "18:00", "0o7", "0x1f", "007", "=")],
        *[(text, text) for text in ("1_000", "1e999", "1" * 65, ".inf", ".nan", ".", "-", "+", "1.2.3", "5m", "20%")],
        *[(text, text) for text in ("2024-01-01", "\u0663", "1\u0663", "e3", "-.", ".e3")],
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.usefixtures("parser")
def test_quotes_and_blocks_make_text() -> None:
    tree, found = parse("a: '1'\nb: \"true\"\nc: |\n  5\nd: >\n  null\ne: ''\n5: five\ntrue: yes\n", "f.yaml")
    assert not found
    assert tree == {"a": "1", "b": "true", "c": "5\n", "d": "null\n", "e": "", "5": "five", "true": "yes"}


@pytest.mark.usefixtures("parser")
def test_every_entry_knows_its_place() -> None:
    text = "# a service\nservice: tug\nalerts:\n  - {name: Slow, for: 5m}\n  -   name: Down\n"
    tree, found = parse(text, "services/tug.yaml")
    assert not found
    assert tree.mark == Mark("services/tug.yaml", 2, 1)
    assert tree.key_mark("alerts") == Mark("services/tug.yaml", 3, 1)
    assert tree.value_mark("alerts") == Mark("services/tug.yaml", 4, 3)
    alerts = tree["alerts"]
    assert isinstance(alerts, Seq)
    assert alerts.mark == Mark("services/tug.yaml", 4, 3)
    assert alerts.item_mark(1) == Mark("services/tug.yaml", 5, 7)
    slow = alerts[0]
    assert isinstance(slow, Map)
    assert (slow.key_mark("for"), slow.value_mark("for")) == (
        Mark("services/tug.yaml", 4, 18),
        Mark("services/tug.yaml", 4, 23),
    )


def test_columns_count_characters_and_windows_line_ends_are_one() -> None:
    tree, _ = parse("\ufeffü: {ö: 1, x: 2}\r\ny: 3\r\n", "f.yaml")
    inner = tree["ü"]
    assert isinstance(inner, Map)
    assert inner.key_mark("x") == Mark("f.yaml", 1, 11)
    assert tree.value_mark("y") == Mark("f.yaml", 2, 4)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ["f.yaml:1:1: the file is empty"]),
        ("# nothing\n", ["f.yaml:1:1: the file is empty"]),
        ("---\n", ["f.yaml:2:1: the file is empty"]),
        ("- a\n", ["f.yaml:1:1: the top level must be a mapping of keys"]),
        ("just text\n", ["f.yaml:1:1: the top level must be a mapping of keys"]),
        ("a: 1\n---\nb: 2\n", ["f.yaml:2:1: a second document starts here (one file holds one document)"]),
        (
            "a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n",
            [
                "f.yaml:3:1: duplicate key 'a', first at line 1 (remove one of them)",
                "f.yaml:4:11: duplicate key 'd', first at line 4 (remove one of them)",
            ],
        ),
        (
            "<<: {a: 1}\n'<<': 2\n",
            ["f.yaml:1:1: merge keys (<<) are not used here (write the keys out, or share a whole value by an alias)"],
        ),
        (
            "a: !secret b\nc: !!str 1\nd: !x [1]\n",
            [f"f.yaml:{line}:4: tags are not used here (remove it; quotes make a value text)" for line in (1, 2, 3)],
        ),
        (
            "a: {{ port }}\n",
            ["f.yaml:1:5: a key must be plain text (put a text that starts with {, [ or * in quotes)"],
        ),
        (
            "? [x, y]\n: 2\nb: 1\n",
            ["f.yaml:1:3: a key must be plain text (put a text that starts with {, [ or * in quotes)"],
        ),
        ("? \n: 2\nb: 1\n", ["f.yaml:1:2: a key is missing before the ':'"]),
        (
            "a: &x 1\nb: &x 2\n",
            ["f.yaml:2:4: the anchor &x is defined twice (give each anchor a name of its own)"],
        ),
        ("a: *x\n", ["f.yaml:1:4: no anchor &x above this alias (quote a text that starts with *)"]),
        ("a: &x [1, *x]\n", ["f.yaml:1:11: the alias *x stands inside the value it names"]),
        ('a: "x\\0y"\n', ["f.yaml:1:4: the text has the control character U+0000 (remove the escape)"]),
        ('"\\e": 1\n', ["f.yaml:1:1: the text has the control character U+001B (remove the escape)"]),
    ],
)
def test_what_the_text_may_not_hold(source: str, expected: list[str]) -> None:
    assert problems(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "a:\n\tb: 1\n",
            "f.yaml:2:1: a tab where spaces are expected: found character that cannot start any token "
            "(indent with spaces)",
        ),
        (
            "a: b\n\tc: d\n",
            "f.yaml:2:1: a tab where spaces are expected: found a tab character that violates indentation, "
            "while scanning a plain scalar since line 1 (indent with spaces)",
        ),
        (
            "a: @x\n",
            "f.yaml:1:4: a value cannot start with this character: found character that cannot start any token "
            "(put the value in quotes)",
        ),
        (
            "a: b: c\n",
            "f.yaml:1:5: a ':' does not belong here: mapping values are not allowed in this context "
            "(quote a text with ': ' in it)",
        ),
        (
            "a: [1, 2\nb: 3\n",
            "f.yaml:2:2: a list is not closed: did not find expected ',' or ']', "
            "while parsing a flow sequence since line 1 (check for a missing ',' or ']')",
        ),
        (
            "a: {x: 1\nb: 3\n",
            "f.yaml:2:2: a mapping is not closed: did not find expected ',' or '}', "
            "while parsing a flow mapping since line 1 (check for a missing ',' or '}')",
        ),
        (
            'a: "x\nb: 3\n',
            "f.yaml:3:1: a quote is not closed: found unexpected end of stream, "
            "while scanning a quoted scalar since line 1 (close it on the line where the text ends)",
        ),
        (
            "a: 1\nb\nc: 2\n",
            "f.yaml:3:1: a key without its ':': could not find expected ':', while scanning a simple key since line 2 "
            "(write `key: value`)",
        ),
        (
            'a: "\\q"\n',
            "f.yaml:1:5: a backslash sequence that does not exist: found unknown escape character "
            "(use single quotes, or write \\\\ for a backslash)",
        ),
        ("%YAML 2.0\n---\na: 1\n", "f.yaml:1:1: not valid YAML: found incompatible YAML document"),
    ],
)
def test_syntax_errors_say_it_in_the_authors_terms_first(source: str, expected: str) -> None:
    assert problems(source) == [expected]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"a: 1\nb: \xff\n", "f.yaml:2:4: byte 0xFF is not UTF-8 (save the file as UTF-8)"),
        ("a: 1\n".encode("utf-16"), "f.yaml:1:1: byte 0xFF is not UTF-8 (save the file as UTF-8)"),
        ("ü: \0\n", "f.yaml:1:4: the character U+0000 is not allowed (remove it)"),
        ("a: 1\r\nb: \x1b[1m\n", "f.yaml:2:4: the character U+001B is not allowed (remove it)"),
        (
            "a: x\u2028b: 2\n",
            "f.yaml:1:5: the character U+2028 is not allowed (remove it, or write it as an escape in double quotes)",
        ),
        (
            "a: \ud800\n",
            "f.yaml:1:4: the character U+D800 is not allowed (remove it, or write it as an escape in double quotes)",
        ),
        (b"#" * (MAX_BYTES + 1), "f.yaml:1:1: the file is larger than 5 MB (split it and include the parts)"),
    ],
)
def test_bytes_and_characters(source: str | bytes, expected: str) -> None:
    assert problems(source) == [expected]


def test_problems_before_a_syntax_error_are_kept() -> None:
    tree, found = parse("a: 1\na: 2\nb: [\n", "f.yaml")
    assert [problem.mark.line for problem in found] == [2, 4]
    assert tree == {}


def test_a_refused_entry_is_left_out_and_the_rest_stays() -> None:
    tree, found = parse("a: 1\na: {x: 2}\n<<: [3]\n? {y: 1}\n: 4\nb: 5\n", "f.yaml")
    assert len(found) == 3
    assert tree == {"a": 1, "b": 5}


@pytest.mark.usefixtures("parser")
def test_an_alias_is_the_object_it_names() -> None:
    tree, found = parse("base: &base {interval: 15s}\na: *base\nb: [*base]\nt: &t text\nu: *t\n", "f.yaml")
    assert not found
    assert tree["a"] is tree["base"]
    assert tree["u"] == "text"
    assert tree.value_mark("a") == Mark("f.yaml", 2, 4)


def test_an_alias_bomb_is_counted_and_not_built() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems("\n".join(lines)) == [
        f"f.yaml:6:10: too many nodes through aliases: more than {MAX_ALIASED_NODES:,}"
    ]


def test_nesting_is_bounded_with_and_without_aliases() -> None:
    assert problems("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []
    assert problems("a: " + "[" * 100_000) == [f"f.yaml:1:{MAX_DEPTH + 3}: nested deeper than {MAX_DEPTH} levels"]
    ladder = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 20 + "*a" + "]" * 20
    assert problems(ladder) == [f"f.yaml:2:24: nested deeper than {MAX_DEPTH} levels through the alias *a"]


def test_a_value_alone_may_be_anything() -> None:
    assert parse_value("5", "f.yaml") == (5, ())
    assert parse_value("", "f.yaml") == (None, ())
    assert parse_value("[1, {a: b}]", "f.yaml") == ([1, {"a": "b"}], ())


def test_maps_and_sequences_copy_and_pickle_with_their_places() -> None:
    tree, _ = parse("a: [1, {b: 2}]\n", "f.yaml")
    for twin in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree), tree.copy()):  # noqa: S301  # our own bytes
        assert twin == tree
        assert twin.value_mark("a") == Mark("f.yaml", 1, 4)
    twin = tree.copy()
    twin.drop("a")
    assert "a" in tree.marks


@given(st.text(alphabet=st.characters() | st.sampled_from("\n\t :-[]{}&*!|>'\"%@#?,\\~<0aA"), max_size=60))
def test_no_text_raises(text: str) -> None:
    tree, found = parse(text, "f.yaml")
    assert found or isinstance(tree, Map)
    assert all(problem.mark.line >= 1 and problem.mark.column >= 1 for problem in found)


@given(st.binary(max_size=60))
def test_no_bytes_raise(source: bytes) -> None:
    parse(source, "f.yaml")


@given(st.text(alphabet="\n :-[]{}&*!|>'\"%@#?,\\~<0auUxD8\u00e9", max_size=40))
def test_pure_python_raises_on_no_text(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "_Parser", yaml.SafeLoader)
        parse(text, "f.yaml")


_WORDS = st.text(alphabet="abcxyzäöü_ -:#,/", max_size=12)
_DOCUMENTS = st.dictionaries(
    _WORDS,
    st.recursive(
        _WORDS | st.booleans() | st.integers(min_value=-(10**18), max_value=10**18) | st.none(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=4,
)


@given(_DOCUMENTS, st.booleans())
def test_plain_documents_read_as_other_readers_read_them(document: dict[str, Tree], flow: bool) -> None:
    text = yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    tree, found = parse(text, "f.yaml")
    assert not found
    assert tree == document == yaml.safe_load(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "_Parser", yaml.SafeLoader)
        slow, _ = parse(text, "f.yaml")
    assert (slow, slow.marks) == (tree, tree.marks)
