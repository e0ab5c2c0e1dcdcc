"""Writing artefacts: all or nothing, only what changed, nothing outside `build/`."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from generator import staging
from generator.artefact import Artefact
from generator.write import MANIFEST, WriteError, Written, files, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OLD = (Artefact("a.yml", b"a"), Artefact("rules/b.yml", b"b"), Artefact("rules/deep/c.yml", b"c"))
NEW = (Artefact("a.yml", b"a"), Artefact("rules/b.yml", b"changed"), Artefact("fresh/d.yml", b"d"))
LONG_AGO = 1_000_000_000


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build folder in which `OLD` was written long ago."""
    folder = tmp_path / "build"
    write(folder, OLD)
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return folder


def state(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Content and time of every file below a folder."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime) for path in found}


def contents(folder: Path) -> dict[str, bytes]:
    return {path: content for path, (content, _) in state(folder).items() if not path.startswith(".")}


def test_the_first_write_makes_the_folder(tmp_path: Path) -> None:
    assert write(tmp_path / "new" / "build", OLD) == Written(added=("a.yml", "rules/b.yml", "rules/deep/c.yml"))
    assert contents(tmp_path / "new" / "build") == {"a.yml": b"a", "rules/b.yml": b"b", "rules/deep/c.yml": b"c"}
    assert set(files(tmp_path / "new" / "build")) == {tmp_path / "new" / "build" / artefact.path for artefact in OLD}


def test_only_what_changed_is_touched_and_what_is_not_rendered_any_more_is_removed(build: Path) -> None:
    assert write(build, NEW) == Written(("fresh/d.yml",), ("rules/b.yml",), ("rules/deep/c.yml",), 1)
    assert contents(build) == {"a.yml": b"a", "rules/b.yml": b"changed", "fresh/d.yml": b"d"}
    assert (build / "a.yml").stat().st_mtime == LONG_AGO
    assert (build / "rules/b.yml").stat().st_mtime > LONG_AGO
    assert not (build / "rules/deep").exists()


def test_the_same_again_touches_nothing(build: Path) -> None:
    before = state(build)
    assert write(build, OLD) == Written(unchanged=3)
    assert state(build) == before


def test_a_file_that_somebody_changed_or_removed_is_put_right(build: Path) -> None:
    (build / "a.yml").write_bytes(b"x")
    (build / "rules/b.yml").unlink()
    assert write(build, OLD) == Written(added=("rules/b.yml",), changed=("a.yml",), unchanged=1)
    assert contents(build) == {artefact.path: artefact.content for artefact in OLD}


def test_files_of_others_stay(build: Path) -> None:
    (build / "mine.txt").write_text("mine")
    (build / "rules/deep/mine.txt").write_text("mine")
    write(build, ())
    assert contents(build) == {"mine.txt": b"mine", "rules/deep/mine.txt": b"mine"}


STRAYS = ("", "/etc/passwd", "../out", "a/../../out", "a/..", "a//b", "a/", "..", "a\\b", "nul\0")


@pytest.mark.parametrize("path", STRAYS, ids=ascii)
def test_nothing_is_written_outside_of_build(path: str, build: Path) -> None:
    before = state(build.parent)
    with pytest.raises(WriteError) as refused:
        write(build, (Artefact("a.yml", b"new"), Artefact(path, b"x")))
    assert str(refused.value) == f"refusing to write outside build/: {path!r}"
    assert state(build.parent) == before


@pytest.mark.parametrize("listed", [
    '["../keep.txt", "/etc/hosts", 5, null, "rules/../../keep.txt", "rules/b.yml"]', "[[", "{}", '"a.yml"', "5", "null", "",
])  # fmt: skip
def test_a_manifest_that_was_tampered_with_removes_nothing_outside_of_build(build: Path, listed: str) -> None:
    keep = build.parent / "keep.txt"
    keep.write_text("keep")
    (build / MANIFEST).write_text(listed)
    write(build, (Artefact("a.yml", b"a"),))
    assert keep.read_text() == "keep"
    assert (build / "a.yml").read_bytes() == b"a"
    assert json.loads((build / MANIFEST).read_text()) == ["a.yml"]


@pytest.mark.parametrize("make", [
    lambda link, elsewhere: link.symlink_to(elsewhere),
    lambda link, elsewhere: link.symlink_to(f"../{elsewhere.name}"),
], ids=["absolute", "relative"])  # fmt: skip
def test_a_link_out_of_build_is_refused(build: Path, make: Callable[[Path, Path], None]) -> None:
    elsewhere = build.parent / "elsewhere"
    elsewhere.mkdir()
    make(build / "fresh", elsewhere)
    before = state(build.parent)
    with pytest.raises(WriteError) as refused:
        write(build, NEW)
    assert str(refused.value) == f"{build / 'fresh'} leads outside of {build}: remove the link"
    assert state(build.parent) == before
    assert not list(elsewhere.iterdir())


def test_stale_files_behind_a_link_stay(build: Path) -> None:
    """Somebody moved a folder away and left a link: what it leads to is not ours to remove."""
    elsewhere = build.parent / "elsewhere"
    (build / "rules").rename(elsewhere)
    (build / "rules").symlink_to(elsewhere)
    with pytest.raises(WriteError, match="leads outside of"):
        write(build, (Artefact("a.yml", b"a"),))
    assert contents(elsewhere) == {"b.yml": b"b", "deep/c.yml": b"c"}


def test_a_link_in_place_of_a_file_is_replaced_and_not_followed(build: Path) -> None:
    victim = build.parent / "victim.txt"
    victim.write_text("precious")
    (build / "rules/b.yml").unlink()
    (build / "rules/b.yml").symlink_to(victim)
    write(build, NEW)
    assert victim.read_text() == "precious"
    assert not (build / "rules/b.yml").is_symlink()


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_full_disk_leaves_everything_as_it_was(build: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full after so many files; the third is the list of files."""
    before, really, left = state(build), staging._create, [None] * room

    def create(path: str, content: bytes) -> None:
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        left.pop()
        really(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(staging, "_create", create)
        with pytest.raises(WriteError, match=r"^no space left to write .*; nothing was changed$"):
            write(build, NEW)
    assert state(build) == before
    assert write(build, NEW).added == ("fresh/d.yml",)


def half_way() -> Iterator[Artefact]:
    """What is rendered while it is written, until something goes wrong."""
    yield from NEW[:2]
    raise ZeroDivisionError


def test_what_cannot_be_rendered_to_the_end_leaves_everything_as_it_was(build: Path) -> None:
    before = state(build)
    with pytest.raises(ZeroDivisionError):
        write(build, half_way())
    assert state(build) == before
    with pytest.raises(ZeroDivisionError):
        write(build.parent / "new" / "build", half_way())
    assert not (build.parent / "new").exists()


def test_no_file_is_rendered_twice(build: Path) -> None:
    before = state(build)
    with pytest.raises(ValueError, match=r"^a\.yml was rendered twice$"):
        write(build, (*NEW, Artefact("a.yml", b"another")))
    assert state(build) == before


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for little; only root can make one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mount cannot make a small tmpfs here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(tiny_disk: Path) -> None:
    build = tiny_disk / "build"
    write(build, OLD)
    before = state(build)
    with pytest.raises(WriteError, match=r"^no space left to write .*; nothing was changed$"):
        write(build, (*OLD, Artefact("small.yml", b"x"), Artefact("big.yml", b"x" * 200_000)))
    assert state(build) == before
    assert write(build, NEW).changed == ("rules/b.yml",)


@pytest.mark.parametrize("moment", range(3))
def test_an_interrupted_write_is_made_whole_by_the_next_one(
    build: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between any two of the moves: each file is the old one or the new one, and the next write ends the work."""
    really, left = os.replace, [None] * moment

    def replace(source: str, target: str) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        really(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            write(build, NEW)
    assert all(content in {b"a", b"b", b"c", b"changed", b"d"} for content in contents(build).values())
    write(build, NEW)
    assert contents(build) == {artefact.path: artefact.content for artefact in NEW}
    assert sorted(path.name for path in build.iterdir()) == [MANIFEST, "a.yml", "fresh", "rules"]


def test_what_a_killed_write_left_behind_is_cleared_away(build: Path) -> None:
    (build / ".staging").mkdir()
    (build / ".staging" / "0").write_bytes(b"half")
    write(build, NEW)
    assert not (build / ".staging").exists()


@pytest.mark.parametrize(("number", "said"), [
    (errno.EACCES, "not allowed to write {}; nothing was changed"),
    (errno.EROFS, "not allowed to write {}; nothing was changed"),
    (errno.EDQUOT, "no space left to write {}; nothing was changed"),
    (errno.EIO, "cannot write {}: Input/output error"),
])  # fmt: skip
def test_what_is_said_of_a_disk_that_refuses(
    build: Path, number: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, content: bytes) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(staging, "_create", refuse)
    with pytest.raises(WriteError) as refused:
        write(build, NEW)
    assert str(refused.value) == said.format(build / ".staging/rules/b.yml")


def test_a_disk_that_is_read_only(tiny_disk: Path) -> None:
    write(tiny_disk / "build", OLD)
    before = state(tiny_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(WriteError, match=r"^not allowed to write .*\.staging; nothing was changed$"):
        write(tiny_disk / "build", NEW)
    assert state(tiny_disk) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into read-only folders: run the tests as another user")
def test_a_read_only_folder(build: Path) -> None:
    build.chmod(0o500)
    before = state(build)
    with pytest.raises(WriteError, match=f"^not allowed to write {build}/.staging; nothing was changed$"):
        write(build, NEW)
    assert state(build) == before
    build.chmod(0o700)


def test_a_file_in_the_way_of_a_folder(build: Path) -> None:
    before = state(build)
    with pytest.raises(WriteError, match=r"^cannot write .*a.yml"):
        write(build, (*OLD, Artefact("a.yml/below.yml", b"x")))
    assert state(build) == before


def test_a_folder_in_the_way_of_a_file(build: Path) -> None:
    (build / "fresh/d.yml").mkdir(parents=True)
    before = state(build)
    with pytest.raises(WriteError, match=r"^.*fresh/d.yml is a folder, and should be a file: remove it$"):
        write(build, NEW)
    assert state(build) == before


def test_a_move_that_fails_says_that_the_work_is_half_done(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), source, None, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(WriteError) as refused:
            write(build, NEW)
    where = build / "rules/b.yml"
    assert str(refused.value) == f"stopped half-way at {where}: Input/output error; the next render makes it whole"
    assert write(build, NEW).changed == ("rules/b.yml",)


def test_build_itself_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("mine")
    with pytest.raises(WriteError, match=r"^cannot write "):
        write(tmp_path / "build", OLD)
    assert (tmp_path / "build").read_text() == "mine"
