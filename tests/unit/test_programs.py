"""Our own programs: an edit of one changes what its component is compared by, and no other."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from compose import programs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as it is, where it may be edited."""
    shutil.copytree(programs.HERE, tmp_path / "compose", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(programs, "HERE", tmp_path / "compose")
    return tmp_path / "compose"


def digests() -> tuple[str, ...]:
    return tuple(programs.digest(name) for name in ("simulator", "inbox", "prometheus"))


@pytest.mark.parametrize(
    ("path", "differ"),
    [
        ("simulator/load.py", (True, False, False)),
        ("inbox/store.py", (False, True, False)),
        ("native.py", (False, False, False)),
    ],
)
def test_an_edit_touches_the_components_that_run_it(copied: Path, path: str, differ: tuple[bool, ...]) -> None:
    before = digests()
    with (copied / path).open("a") as file:
        file.write("# edited\n")
    assert tuple(old != new for old, new in zip(before, digests(), strict=True)) == differ


def test_what_python_compiles_is_no_edit(copied: Path) -> None:
    before = digests()
    (copied / "inbox/__pycache__").mkdir()
    (copied / "inbox/__pycache__/store.cpython-311.pyc").touch()
    assert digests() == before


def test_only_the_library_that_is_imported_comes_along() -> None:
    assert [*programs.parts("simulator")] == ["compose/__init__.py", "compose/simulator", "prometheus_client"]
    assert [*programs.parts("inbox")] == ["compose/__init__.py", "compose/inbox"]
    assert programs.parts("prometheus") == {}
