"""Asking components over HTTP: whether they are well, and whether they use what was rendered."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from compose import health, reload
from compose.fault import Trouble
from compose.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Reply = tuple[int, str]


@contextmanager
def server(answer: Callable[[str, str], Reply]) -> Iterator[str]:
    """An HTTP server; `answer` gets method and path, or 401 is said where the password is wrong."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorization = self.headers.get("Authorization", "Basic c3BlY29sYTpnb29k")  # specola:good
            allowed = authorization == "Basic c3BlY29sYTpnb29k"
            status, text = answer(self.command, self.path) if allowed else (401, "Unauthorized\n")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def nothing(_: str) -> str:
    return ""


@pytest.mark.parametrize(
    ("status", "password", "said"),
    [(200, "good", ""), (503, "good", "answers 503: starting"), (200, "bad", "answers 401: Unauthorized")],
)
def test_a_component_is_well_when_its_url_answers_200(status: int, password: str, said: str) -> None:
    with server(lambda _method, _path: (status, "starting\n")) as url:
        question = health.Question("prometheus", f"{url}/-/ready?a=b", password=password)
        assert question.ask() == said
        assert "good" not in repr(question)


def test_a_port_that_accepts_connections_will_do_where_there_is_no_url() -> None:
    with server(lambda _method, _path: (200, "")) as url:
        assert health.Question("redis", tcp=url.removeprefix("http://")).ask() == ""
    assert health.Question("redis", tcp=f"127.0.0.1:{free_port()}").ask() == "Connection refused"
    assert health.Question("tug").ask() == ""


def test_waiting_tells_each_change_and_ends_when_all_are_well() -> None:
    replies = itertools.chain([(503, "loading"), (503, "loading"), (503, "replaying")], itertools.repeat((200, "")))
    with server(lambda _method, _path: next(replies)) as url:
        events = list(health.wait([health.Question("prometheus", url)], 5, nothing, nothing))
    assert [(event.component, event.ready, event.detail) for event in events] == [
        ("prometheus", False, "answers 503: loading"),
        ("prometheus", False, "answers 503: replaying"),
        ("prometheus", True, ""),
    ]


def test_those_that_do_not_come_are_told_with_the_end_of_their_logs() -> None:
    down = f"127.0.0.1:{free_port()}"
    questions = [health.Question("redis", tcp=down), health.Question("loki", tcp=down)]
    waiting = health.wait(
        questions,
        0.1,
        gone=lambda name: "exited with code 1" if name == "loki" else "",
        tail=lambda name: f"{name} says\ngoodbye",
    )
    with pytest.raises(Trouble) as caught:
        list(waiting)
    assert caught.value.message.splitlines() == [
        "loki: exited with code 1",
        "    loki says",
        "    goodbye",
        "redis: not ready after 0.1 s: Connection refused",
        "    redis says",
        "    goodbye",
    ]


def test_all_are_asked_at_once_for_the_status() -> None:
    with server(lambda _method, _path: (200, "")) as url:
        down = health.Question("redis", tcp=f"127.0.0.1:{free_port()}")
        assert health.observed([health.Question("prometheus", url), down, health.Question("tug")]) == {
            "prometheus": "healthy",
            "redis": "Connection refused",
        }


# reloads: what counts as proof


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config").write_text("new")
    rules = '{"groups": [{"name": "c", "rules": [{"record": "r", "expr": "1", "labels": {"hash": "new"}}]}]}'
    (tmp_path / "specola-config.yml").write_text(rules)
    return tmp_path / "config"


def reloaded(component: str, url: str, config: Path) -> None:
    question = health.Question(component, f"{url}/-/ready")
    reload.reload(reload.Target(question, config, config.parent, lambda: reload.post(question, f"{url}/-/reload")))


def rules(found: str) -> str:
    rule = f'{{"name": "specola:config:info", "labels": {{"hash": "{found}"}}}}'
    return f'{{"data": {{"groups": [{{"rules": [{{"name": "other"}}, {rule}]}}]}}}}'


NEW = "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"  # sha256 of "new"
PROVEN = [
    ("prometheus", {"/api/v1/rules": rules("new"), "/metrics": "prometheus_config_last_reload_successful 1\n"}),
    # md5 of "new" starts 22 af 64 5d 18 59; low byte first that is 97961180966690
    (
        "alertmanager",
        {"/metrics": "alertmanager_config_hash 9.796118096669e+13\nalertmanager_config_last_reload_successful 1\n"},
    ),
    ("alloy", {"/metrics": f'# TYPE\nalloy_config_hash{{sha256="{NEW}"}} 1\n'}),
    ("alloy", {"/metrics": "alloy_config_last_load_successful 1\n"}),
    ("tug", {}),
]
DOUBTED = [
    (
        "prometheus",
        {"/api/v1/rules": rules("old"), "/metrics": "prometheus_config_last_reload_successful 1\n"},
        "it reports configuration old, new was rendered",
    ),
    ("prometheus", {"/api/v1/rules": '{"data": {"groups": []}}'}, "it reports configuration none, new was rendered"),
    (
        "prometheus",
        {"/api/v1/rules": rules("new"), "/metrics": "prometheus_config_last_reload_successful 0\n"},
        "prometheus_config_last_reload_successful is not 1",
    ),
    (
        "alertmanager",
        {"/metrics": "alertmanager_config_hash 5\n"},
        "the hash it reports is not that of the rendered file",
    ),
    ("blackbox", {"/metrics": ""}, "it has not reloaded since"),
    ("alloy", {"/metrics": '# TYPE\nalloy_config_hash{sha256="0"} 1\n'}, "it reports another file's hash"),
    ("alloy", {"/metrics": "alloy_config_last_load_successful 0\n"}, "alloy_config_last_load_successful is not 1"),
]


@pytest.mark.parametrize(("component", "pages"), PROVEN)
def test_a_reload_counts_when_the_component_reports_the_rendered_file(
    component: str, pages: dict[str, str], config: Path
) -> None:
    with server(lambda _method, path: (200, pages.get(path.partition("?")[0], ""))) as url:
        reloaded(component, url, config)


@pytest.mark.parametrize(("component", "pages", "doubt"), DOUBTED)
def test_a_reload_that_was_accepted_is_doubted_without_proof(
    component: str, pages: dict[str, str], doubt: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "SECONDS", 0.3)
    with (
        server(lambda _method, path: (200, pages.get(path.partition("?")[0], ""))) as url,
        pytest.raises(Trouble) as caught,
    ):
        reloaded(component, url, config)
    assert caught.value.message == (f"{component} was told to reload but does not use the new configuration: {doubt}")


def test_a_refusal_carries_the_components_own_words(config: Path) -> None:
    def refuse(method: str, _path: str) -> Reply:
        return (500, "failed to reload config:\n  line 3: bad\n") if method == "POST" else (200, "")

    with server(refuse) as url, pytest.raises(Trouble) as caught:
        reloaded("blackbox", url, config)
    assert caught.value.message == (
        "blackbox refuses the new configuration and keeps the old one: failed to reload config: line 3: bad"
    )
