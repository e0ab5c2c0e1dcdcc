"""Range queries over HTTP: what is asked, with which credentials, and what of a bad answer reaches people."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from diff.asking import asks
from diff.history import Unanswered
from spec.load import load
from tests.diff.case import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spec.stack import Stack

SERIES = {
    "status": "success",
    "data": {"result": [{"metric": {"service": "jobs"}, "values": [[30, "1"], [60.5, "1"]]}]},
}


class Prometheus(HTTPServer):
    """Answers every query with `status` and `body`; notes path, form and credentials."""

    status, body = 200, json.dumps(SERIES)

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Handler)
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []

    def url(self, credentials: str = "") -> str:
        return f"http://{credentials}{self.server_address[0]!s}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Prometheus

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        self.server.asked.append((self.path, form, base64.b64decode(given).decode()))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Nothing."""


@contextmanager
def served(host: str) -> Iterator[Prometheus]:
    with Prometheus(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    with served("127.0.0.1") as server:
        yield server


def stack(port: int = 9090) -> Stack:
    return load(BASE / "stack.yaml", "development", [f"components.prometheus.port={port}"]).stack


def test_moments_come_by_series_and_credentials_from_the_url(prometheus: Prometheus, tmp_path: Path) -> None:
    ask = asks(prometheus.url("me:p%40ss@"), tmp_path, stack())
    assert ask("up == 0", 30.0, 90.0, 30.0) == {'{"service": "jobs"}': [30.0, 60.5]}
    form = {"query": ["up == 0"], "start": ["30.0"], "end": ["90.0"], "step": ["30.0"]}
    assert prometheus.asked == [("/api/v1/query_range", form, "me:p@ss")]


def test_the_stacks_own_prometheus_gets_its_own_password(prometheus: Prometheus, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "prometheus-password").write_text("own\n")
    asks(prometheus.url(), tmp_path, stack(prometheus.server_port))("up", 0.0, 1.0, 1.0)
    asks(prometheus.url(), tmp_path, stack(9090))("up", 0.0, 1.0, 1.0)
    assert [credentials for _, _, credentials in prometheus.asked] == ["specola:own", ""]


def test_another_host_with_the_same_port_does_not_get_the_password(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "prometheus-password").write_text("own\n")
    with served("127.0.0.2") as other:
        asks(other.url(), tmp_path, stack(other.server_port))("up", 0.0, 1.0, 1.0)
        assert [credentials for _, _, credentials in other.asked] == [""]


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, "Unauthorized", "Prometheus answers 401 at /api/v1/query_range: Unauthorized"),
        (200, "<html>", "Prometheus answers no JSON at /api/v1/query_range: <html>"),
        (200, "[]", "does not answer as a Prometheus does"),
        (200, '{"data": {"result": [{"metric": {}}]}}', "does not answer as a Prometheus does"),
        (200, "", "does not answer as a Prometheus does"),
    ],
)
def test_a_bad_answer_is_told(prometheus: Prometheus, tmp_path: Path, status: int, body: str, message: str) -> None:
    prometheus.status, prometheus.body = status, body
    with pytest.raises(Unanswered, match=message):
        asks(prometheus.url(), tmp_path, stack())("up", 0.0, 1.0, 1.0)


def test_what_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(Unanswered) as told:
        asks("http://me:hidden@127.0.0.1:9/", tmp_path, stack())("up", 0.0, 1.0, 1.0)
    assert str(told.value) == "Prometheus does not answer at http://127.0.0.1:9: ConnectionError"
