"""A team's repository: a new project, who reviews what, and the one comment on a pull request."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import specola
from adopt.project import FILES
from commands import line
from spec.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "<!-- specola-diff -->\nNobody is paged differently.\n"


# A new project


def test_a_new_project_is_right_in_both_environments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "Shop Monitoring"
    root.mkdir()
    assert specola.main(["init", "--root", str(root), "--owner", "shop"]) == 0
    assert capsys.readouterr().out.startswith("wrote stack.yaml\n")
    for environment, simulated in (("development", True), ("production", False)):
        stack = load(root / "stack.yaml", environment).stack
        assert (stack.spec.stack, stack.spec.owner, stack.simulates("example")) == (
            "shop-monitoring",
            "shop",
            simulated,
        )
    assert specola.main(["check", "--root", str(root), "--skip-tools"]) == 0
    assert specola.main(["codeowners", "--root", str(root), "--check"]) == 0
    assert specola.main(["schema", "--root", str(root), "--check"]) == 0


def test_what_is_there_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("ours")
    assert specola.main(["init", "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "specola: already there: README.md\n  begin in an empty folder, or move them away\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(("words", "said"), [
    (("--name", "Shop"), "specola: not a name: Shop\n"),
    (("--owner", "a b"), "specola: not a owner: a b\n"),
])  # fmt: skip
def test_names_that_are_none(
    tmp_path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert specola.main(["init", "--root", str(tmp_path), *words]) == 1
    assert capsys.readouterr().err.startswith(said)


def steps(root: Path, job: str) -> list[dict[str, Any]]:
    workflow = yaml.safe_load((root / ".github/workflows/monitoring.yml").read_text())
    found: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return found


def test_the_workflow_calls_commands_that_there_are(tmp_path: Path) -> None:
    specola.main(["init", "--root", str(tmp_path)])
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    said = [step.get("run", "") for job in ("spec", "pictures") for step in steps(tmp_path, job)]
    lines = [line.split() for text in said for line in text.splitlines() if line.strip().startswith("specola")]
    lines += [hook["entry"].split() for hook in hooks]
    assert [words[1] for words in lines] == [
        "setup", "check", "check", "render", "test", "diff", "comment", "up", "smoke", "pictures", "down", "check",
    ]  # fmt: skip
    for words in lines:
        given = [word.strip('"') for word in words[1:] if word not in (">", "diff.md") or words[1] == "comment"]
        assert line.parser(words[1]).parse_args(given).command == words[1]
    assert all((tmp_path / path).is_file() for _, path in FILES)


# Who reviews what


def test_owners_review_their_services_and_the_stacks_owner_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    specola.main(["init", "--root", str(tmp_path)])
    stack = tmp_path / "stack.yaml"
    stack.write_text(stack.read_text().replace("contact: team@example.org}", 'github: "@example/team"}'))
    capsys.readouterr()
    assert specola.main(["codeowners", "--root", str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().out == ".github/CODEOWNERS: is not up to date; run `specola codeowners`\n"
    assert specola.main(["codeowners", "--root", str(tmp_path)]) == 0
    assert (tmp_path / ".github/CODEOWNERS").read_text().splitlines()[1:] == [
        "* @example/team",
        "/services/example.yaml @example/team",
    ]


# The comment


@dataclass
class GitHub:
    """What a GitHub was asked, and the comments of its one pull request."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read_only: bool = False
    url: str = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, object]:
        self.asked.append(f"{method} {path}")
        if method == "GET":
            page = int(path.rsplit("=", 1)[1])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if method == "POST":
            self.comments.append({"id": len(self.comments) + 1, **body})
            return 201, self.comments[-1]
        self.comments[int(path.rsplit("/", 1)[1]) - 1] |= body
        return 200, {}


class Handler(BaseHTTPRequestHandler):
    """Speaks for a GitHub, to those who know the token."""

    def __init__(self, github: GitHub, *args: Any) -> None:
        self.github = github
        super().__init__(*args)

    def _do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        known = self.headers["Authorization"] == "Bearer t0ken"
        status, data = self.github.answer(self.command, self.path, body) if known else (401, {})
        content = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = _do  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
        """Silent."""


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A GitHub on which the workflow of pull request 7 runs."""
    found = GitHub()
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, found)) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("GITHUB_API_URL", found.url)
        monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
        monkeypatch.setenv("GITHUB_REPOSITORY", "example/monitoring")
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        thread = threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def comment(folder: Path, text: str) -> int:
    path = folder / "diff.md"
    path.write_text(text)
    return specola.main(["comment", str(path)])


def test_one_comment_is_written_then_edited_in_place(
    github: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.comments = [{"id": n, "body": "somebody says something"} for n in range(1, 102)]
    assert [comment(tmp_path, text) for text in (TEXT, TEXT, TEXT + "More.\n")] == [0, 0, 0]
    assert capsys.readouterr().out.split("\n") == ["comment written", "comment kept", "comment changed", ""]
    assert [one["body"] for one in github.comments[101:]] == [TEXT + "More.\n"]
    base = "/repos/example/monitoring/issues"
    assert [asked for asked in github.asked if not asked.startswith("GET")] == [
        f"POST {base}/7/comments", f"PATCH {base}/comments/102",
    ]  # fmt: skip


def test_where_the_token_may_not_write_the_summary_says_it(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    github.read_only = True
    assert comment(tmp_path, TEXT) == 1
    assert capsys.readouterr().err == (
        "specola: the token may not write comments, as on pull requests from forks\n"
        "  give the job the permission `pull-requests: write`\n"
    )
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert comment(tmp_path, TEXT) == 0
    assert (tmp_path / "summary.md").read_text() == TEXT


@pytest.mark.parametrize(("text", "changes", "said"), [
    ("no marker", {}, "the text does not begin with a marker"),
    (TEXT + "x" * 65_536, {}, "the text has more than 65536 characters, which a comment cannot have"),
    (TEXT, {"GITHUB_TOKEN": ""}, "not set: GITHUB_TOKEN"),
    (TEXT, {"GITHUB_EVENT_PATH": "/nowhere"}, "/nowhere tells of no pull request"),
    (TEXT, {"GITHUB_TOKEN": "wrong"}, "answers 401 at /repos/example/monitoring/issues/7/comments"),
    (TEXT, {"GITHUB_API_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1 does not answer: ConnectionError"),
])  # fmt: skip
def test_what_keeps_a_comment_from_being_written(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, changes: dict[str, str], said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    assert comment(tmp_path, text) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "t0ken" not in told
    assert github.comments == []
