"""What tells that a spec would read the same: marks of files where they can be believed, else their content."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from spec import sources
from spec.sources import FileMark, Seen, Sources, checksum, look, matching

if TYPE_CHECKING:
    from pathlib import Path

YOUNG, SETTLED = 10**18, 0
"""How old a file must be to be believed: more than any is, and nothing."""


def seen(path: Path) -> Seen:
    return Seen(checksum(path.read_bytes()), FileMark.of(path).settled())


@pytest.mark.parametrize("age", [YOUNG, SETTLED])
def test_a_file_is_the_same_while_its_content_is(tmp_path: Path, age: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SETTLED", age)
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    before = seen(path)
    assert (before.mark is None) == (age == YOUNG)
    assert before.now(str(path))
    os.utime(path, (1, 1))
    assert before.now(str(path))
    path.write_text("a: 2\n")
    os.utime(path, (1, 1))
    assert not before.now(str(path))
    path.unlink()
    with pytest.raises(FileNotFoundError):
        before.now(str(path))


def test_a_believed_mark_spares_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SETTLED", SETTLED)
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    known = seen(path)
    monkeypatch.setattr(sources, "checksum", lambda _: pytest.fail("the file was read"))
    assert known.now(str(path)) is known


@pytest.mark.parametrize("age", [YOUNG, SETTLED])
@pytest.mark.parametrize(("pattern", "believed"), [
    ("services/*.yaml", True), ("*/shop.yaml", False), ("services/shop.yaml", False), ("**/*.yaml", False),
    ("services/**", False), ("serv?ces/*.yaml", False), ("s*", True),
])  # fmt: skip
def test_a_look_for_files_is_the_same_while_it_finds_the_same(
    tmp_path: Path, pattern: str, believed: bool, age: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SETTLED", age)
    (tmp_path / "services").mkdir()
    (tmp_path / "services/shop.yaml").write_text("service: shop\n")
    found, glob = look(tmp_path, pattern)
    assert found
    assert (glob.mark is not None) == (believed and age == SETTLED)
    assert glob.now()
    (tmp_path / "services/shop.yaml").write_text("service: shop\n\n")
    assert glob.now()
    (tmp_path / "services").rename(tmp_path / "others")
    assert Sources({}, (glob,)).now() is None


@pytest.mark.parametrize("pattern", [
    "", ".", "**x", "x**/*", "/etc/*", "//etc/*", "x" * 300 + "/*", "ä" * 200 + "/*", "*/" * 101, "*/" * 3000, "./",
], ids=lambda one: one[:6])  # fmt: skip
def test_what_is_no_pattern_finds_nothing(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.yaml").touch()
    assert matching(tmp_path, pattern) == []


def test_a_pattern_may_be_longer_than_the_name_it_stands_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    assert matching(tmp_path, f"[{'a' * 300}].yaml") == [tmp_path / "a.yaml"]
