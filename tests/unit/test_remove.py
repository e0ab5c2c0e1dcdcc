"""What `down --volumes` removes, and what it says when something stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compose.fault import Trouble
from compose.remove import remove

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_go_with_all_that_is_in_them_and_those_that_are_not_there_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "data/prometheus").mkdir(parents=True)
    (tmp_path / "data/prometheus/block").write_text("x")
    remove(tmp_path / "data", tmp_path / "log")
    assert list(tmp_path.iterdir()) == []


def test_what_stays_is_told_once_and_the_rest_goes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    for name in ("data/kept", "data/gone", "log/gone"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data/kept/block").write_text("x")
    really = os.unlink

    def refuse(path: str, *, dir_fd: int | None = None) -> None:
        if path == "block":
            raise PermissionError(13, "Permission denied", path)
        really(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(Trouble) as caught:
        remove(tmp_path / "data", tmp_path / "log")
    monkeypatch.undo()
    assert caught.value.message == (
        f"the stack is ended, but data stays:\n{tmp_path}/data/kept/block: Permission denied"
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["block", "data", "kept"]
