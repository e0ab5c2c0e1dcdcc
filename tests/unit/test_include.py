"""A spec in several files: what is read, under which names, and what is refused at the include that asked for it."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest

from spec.include import read_tree
from spec.locate import in_file

if TYPE_CHECKING:
    from pathlib import Path

    from spec.yaml_tree import Map


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write the files, and return the path of `stack.yaml`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "stack.yaml"


def read(folder: Path, files: dict[str, str]) -> tuple[Map, list[str], list[str]]:
    tree, problems, read_files, *_ = read_tree(write(folder, files))
    return tree, [problem.text() for problem in problems], [path.relative_to(folder).as_posix() for path in read_files]


def test_services_and_fragments_become_one_tree(tmp_path: Path) -> None:
    tree, problems, files = read(
        tmp_path,
        {
            "stack.yaml": "title: Demo\ninclude: [parts/*.yaml, services/*.yaml]\n",
            "parts/notify.yaml": "notification: {slack: x}\ninclude: [more/storage.yaml]\n",
            "parts/more/storage.yaml": "storage: {keep: 30d}\n",
            "services/tug.yaml": "title: TUG\nservice: tug\n",
            "services/ark.yaml": "service: ark\n",
            "services/.#tug.yaml": "not: read\n",
        },
    )
    assert not problems
    assert tree == {
        "title": "Demo",
        "notification": {"slack": "x"},
        "storage": {"keep": "30d"},
        "services": {"ark": {"service": "ark"}, "tug": {"title": "TUG", "service": "tug"}},
    }
    assert files == [
        "stack.yaml",
        "parts/notify.yaml",
        "parts/more/storage.yaml",
        "services/ark.yaml",
        "services/tug.yaml",
    ]


def test_places_are_in_the_files_own_terms(tmp_path: Path) -> None:
    files = {
        "stack.yaml": "include: [services/*.yaml, x.yaml]\n",
        "services/tug.yaml": "# TUG\nservice: tug\nalerts: [a]\n",
    }
    tree, _, _ = read(tmp_path, files | {"x.yaml": "\nstorage: {keep: 1d}\n"})
    for path, where in {
        ("services", "tug", "alerts", 0): "services/tug.yaml:3:10: alerts[0]",
        ("services", "tug", "owner"): "services/tug.yaml:2:10: owner",
        ("storage", "keep"): "x.yaml:2:17: storage.keep",
        ("missing",): "stack.yaml:1:1: missing",
    }.items():
        mark, spelled = in_file(tree, path)
        assert f"{mark}: {spelled}" == where


def test_a_stack_without_includes(tmp_path: Path) -> None:
    assert read(tmp_path, {"stack.yaml": "title: Demo\n"}) == ({"title": "Demo", "services": {}}, [], ["stack.yaml"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"stack.yaml": "title: x\ninclude:\n  - services/*.yml\n"},
            "stack.yaml:3:5: include[0]: no file matches 'services/*.yml' (it is looked for in ./)",
        ),
        (
            {"stack.yaml": "include: [a/b.yaml]\n", "a/b.yaml": "include: [c.yaml]\n"},
            "a/b.yaml:1:11: include[0]: no file matches 'c.yaml' (it is looked for in a/)",
        ),
        (
            {"stack.yaml": "include: [services]\n", "services/a.yaml": "service: a\n"},
            "stack.yaml:1:11: include[0]: services is a folder (name files, such as services/*.yaml)",
        ),
        (
            {"stack.yaml": "include: [../other.yaml]\n"},
            "stack.yaml:1:11: include[0]: '../other.yaml' leads outside the folder of stack.yaml "
            "(files stand below it, and are named relative to the file that includes them)",
        ),
        (
            {"stack.yaml": "include: [/etc/passwd]\n"},
            "stack.yaml:1:11: include[0]: '/etc/passwd' leads outside the folder of stack.yaml "
            "(files stand below it, and are named relative to the file that includes them)",
        ),
        (
            {"stack.yaml": "include: services/*.yaml\n"},
            "stack.yaml:1:10: include: not a list of files (such as [services/*.yaml])",
        ),
        (
            {"stack.yaml": "include: [5]\n"},
            "stack.yaml:1:11: include[0]: not the name or glob of files (such as services/*.yaml)",
        ),
        (
            {"stack.yaml": "include: ['']\n"},
            "stack.yaml:1:11: include[0]: no file matches '' (it is looked for in ./)",
        ),
        (
            {"stack.yaml": "include: [.]\n"},
            "stack.yaml:1:11: include[0]: no file matches '.' (it is looked for in ./)",
        ),
        (
            {"stack.yaml": "include: ['a**']\n"},
            "stack.yaml:1:11: include[0]: no file matches 'a**' (it is looked for in ./)",
        ),
        (
            {"stack.yaml": "include: ['*.yaml']\n"},
            "stack.yaml:1:11: include[0]: the files include each other: stack.yaml → stack.yaml "
            "(take one of these includes out, or narrow its glob)",
        ),
        (
            {
                "stack.yaml": "include: [a/a.yaml]\n",
                "a/a.yaml": "include: [b.yaml]\n",
                "a/b.yaml": "include: [a.yaml]\n",
            },
            "a/b.yaml:1:11: include[0]: the files include each other: a/a.yaml → a/b.yaml → a/a.yaml "
            "(take one of these includes out, or narrow its glob)",
        ),
        (
            {"stack.yaml": "title: x\ninclude: [a.yaml]\n", "a.yaml": "storage: 1\ntitle: y\n"},
            "a.yaml:2:1: title: 'title' is already given at stack.yaml:1:1 (keep it in one file)",
        ),
        (
            {"stack.yaml": "include: [s/*]\n", "s/a.yaml": "service: tug\n", "s/b.yaml": "service: tug\n"},
            "s/b.yaml:1:10: service: service 'tug' is already given at s/a.yaml:1:10 "
            "(give each service a name of its own)",
        ),
        (
            {"stack.yaml": "include: [s/*]\n", "s/a.yaml": "service: 5\n"},
            "s/a.yaml:1:10: service: the name of a service is text (put it in quotes)",
        ),
        (
            {"stack.yaml": "services: {tug: {}}\n"},
            "stack.yaml:1:1: services: services are not written in the stack "
            "(put each service into a file of its own that starts with `service: NAME`, and include it)",
        ),
        (
            {"stack.yaml": "include: [s/*]\n", "s/a.yaml": "service: a\nalerts: [\n"},
            "s/a.yaml:3:1: a value is missing: did not find expected node content "
            "(check for a bracket or quote that is not closed)",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert read(tmp_path, files)[1] == [expected]


def test_no_stack_at_all(tmp_path: Path) -> None:
    tree, problems, files = read(tmp_path, {})
    assert tree == {"services": {}}
    assert problems == ["stack.yaml:1:1: cannot read stack.yaml: No such file or directory"]
    assert files == []


def test_links_stay_inside_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    root = write(folder, {"stack.yaml": "include: [s/*.yaml]\n", "real/a.yaml": "service: a\n"})
    (folder / "s").mkdir()
    (tmp_path / "outside.yaml").write_text("service: b\n")
    (folder / "s/a.yaml").symlink_to("../real/a.yaml")
    (folder / "s/b.yaml").symlink_to("../../outside.yaml")
    (folder / "s/c.yaml").symlink_to("nowhere.yaml")
    (folder / "s/d.yaml").symlink_to("d.yaml")
    tree, problems, *_ = read_tree(root)
    assert tree == {"services": {"a": {"service": "a"}}}
    assert [problem.text() for problem in problems] == [
        "stack.yaml:1:11: include[0]: s/b.yaml leads outside the folder of stack.yaml (copy the file into it)",
        "stack.yaml:1:11: include[0]: cannot read s/c.yaml: No such file or directory",
        "stack.yaml:1:11: include[0]: cannot read s/d.yaml: Too many levels of symbolic links",
    ]


def test_a_linked_folder_stays_inside_too(tmp_path: Path) -> None:
    root = write(tmp_path / "spec", {"stack.yaml": "include: [s/*.yaml]\n"})
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.yaml").write_text("service: a\n")
    (tmp_path / "spec/s").symlink_to("../other")
    assert [problem.message for problem in read_tree(root)[1]] == ["s/a.yaml leads outside the folder of stack.yaml"]


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    root = write(tmp_path, {"stack.yaml": "include: [pipe]\n"})
    os.mkfifo(tmp_path / "pipe")
    assert [problem.message for problem in read_tree(root)[1]] == ["pipe is not a regular file"]


def test_a_file_of_two_globs_is_read_once(tmp_path: Path) -> None:
    files = {"stack.yaml": "include: [s/*, s/a.yaml]\n", "s/a.yaml": "service: a\n"}
    assert read(tmp_path, files)[1:] == ([], ["stack.yaml", "s/a.yaml"])


def test_a_relative_root_and_a_name_with_a_line_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"stack.yaml": "include: [s/*]\n", "s/a\nb": "x\n"})
    monkeypatch.chdir(tmp_path)
    problems = read_tree(type(tmp_path)("stack.yaml"))[1]
    assert [problem.text() for problem in problems] == ["s/a\\nb:1:1: the top level must be a mapping of keys"]


def test_the_garbage_collector_runs_again_afterwards(tmp_path: Path) -> None:
    root = write(tmp_path, {"stack.yaml": "title: x\n"})
    assert gc.isenabled()
    read_tree(root)
    assert gc.isenabled()
