"""Tables for a terminal."""

from __future__ import annotations

from compose.columns import columns


def test_columns_are_as_wide_as_they_need_and_lines_end_with_words() -> None:
    assert list(columns([("NAME", "SINCE", ""), ("redis", "2d", ""), ("a", "", "!")])) == [
        "NAME   SINCE",
        "redis  2d",
        "a             !",
    ]


def test_a_head_alone_is_a_table() -> None:
    assert list(columns([("NAME", "SINCE")])) == ["NAME  SINCE"]
