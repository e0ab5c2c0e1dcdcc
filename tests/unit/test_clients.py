"""How checks and drills ask the running components."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import pytest

from compose.clients import Client, Clients, UnreachableError
from compose.fault import Trouble
from compose.ports import free_port
from tests.golden.small import small
from tests.unit.played import played, vector
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def server(status: int, text: str, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[str]]]:
    """An HTTP server that says the same to everybody; with it, the requests it got."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            got.append(" ".join((self.command, self.path, self.headers.get("Authorization", "-"), unquote_plus(body))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        running.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that refuses our certificate
        if tls:
            running.socket = tls.wrap_socket(running.socket, server_side=True)
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{running.server_port}", got
        running.shutdown()
        thread.join()


def test_get_post_and_form_bring_json_with_the_password() -> None:
    with server(200, '{"data": 1}') as (url, got):
        client = Client("prometheus", url, "specola", "good")
        assert client.get("/api", query="up", time=3) == {"data": 1}
        assert client.post("/api", [1]) == {"data": 1}
        assert client.form("/api", query='up{a="b c"}') == {"data": 1}
    credentials = "Basic c3BlY29sYTpnb29k"
    assert got == [
        f"GET /api?query=up&time=3 {credentials} ",
        f"POST /api {credentials} [1]",
        f'POST /api {credentials} query=up{{a="b c"}}',
    ]


def test_proxies_of_the_environment_and_netrc_are_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with server(200, "{}") as (url, got):
        assert Client("loki", url).get("/ready") == {}
    assert got == ["GET /ready - "]


def test_a_certificate_of_the_public_host_is_trusted_at_the_loopback_address(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with server(200, "{}", context) as (url, _):
        assert Client("prometheus", url, ca=str(certificate)).get("/") == {}
        with pytest.raises(UnreachableError, match="SSLError"):
            Client("prometheus", url).get("/")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of somebody else's making, for `metrics.example.org` only."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed (Debian's package openssl): it makes the certificate of this test")
    certificate, key = folder / "server.crt", folder / "server.key"
    request = "openssl req -x509 -nodes -newkey rsa:2048 -days 1 -subj /CN=metrics.example.org -addext"
    words = [*request.split(), "subjectAltName=DNS:metrics.example.org", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


def test_an_empty_answer_is_nothing() -> None:
    with server(200, "") as (url, _):
        assert Client("alertmanager", url).post("/api/v2/alerts", []) is None


@pytest.mark.parametrize(("status", "text", "said"), [
    (401, "Unauthorized\n", "prometheus answers 401 at /api: Unauthorized"),
    (422, '{"error":\n  "bad"}', 'prometheus answers 422 at /api: {"error": "bad"}'),
    (503, "x" * 300, f"prometheus answers 503 at /api: {'x' * 200}"),
])  # fmt: skip
def test_what_is_not_2xx_is_told_in_one_line(status: int, text: str, said: str) -> None:
    with server(status, text) as (url, _), pytest.raises(UnreachableError) as caught:
        Client("prometheus", url, "specola", "good").get("/api", query="up")
    assert str(caught.value) == said


def test_an_answer_that_is_not_json_is_told_as_such() -> None:
    with server(200, "<html>") as (url, _), pytest.raises(UnreachableError) as caught:
        Client("grafana", url).get("/api/search")
    assert str(caught.value) == "grafana answers no JSON at /api/search: <html>"


def test_a_component_that_is_not_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UnreachableError, match=rf"^loki does not answer at {url}: ConnectionError$"):
        Client("loki", url).get("/ready")


def test_a_password_is_not_in_what_a_traceback_shows() -> None:
    assert "good" not in repr(Client("prometheus", "http://localhost", "specola", "good"))


def _secrets(root: Path) -> None:
    (root / "secrets").mkdir()
    for name in ("prometheus-password", "alertmanager-password", "grafana-admin"):
        (root / "secrets" / name).write_text(f"{name}!\n")


@pytest.mark.parametrize(("component", "url", "user", "password"), [
    ("prometheus", "http://127.0.0.1:9090", "specola", "prometheus-password!"),
    ("alertmanager", "http://127.0.0.1:9093", "specola", "alertmanager-password!"),
    ("grafana", "http://127.0.0.1:3000", "admin", "grafana-admin!"),
    ("inbox", "http://127.0.0.1:9181", "", ""),
    ("loki", "http://127.0.0.1:3100", "", ""),
])  # fmt: skip
def test_every_component_is_asked_at_its_port_with_its_own_password(
    tmp_path: Path, component: str, url: str, user: str, password: str
) -> None:
    _secrets(tmp_path)
    client = getattr(Clients(small_stack(), tmp_path), component)
    assert (client.url, client.user, client.password) == (url, user, password)


def test_with_tls_the_certificate_is_trusted_and_ports_move_with_the_offset(tmp_path: Path) -> None:
    _secrets(tmp_path)
    clients = Clients(small("production"), tmp_path)
    assert (clients.prometheus.url, clients.prometheus.ca) == (
        "https://127.0.0.1:9190",
        str(tmp_path / "tls/server.crt"),
    )
    assert clients.grafana.url == "https://127.0.0.1:3101"
    assert (clients.loki.url, clients.loki.ca) == ("http://127.0.0.1:3200", "")


def test_without_basic_authentication_no_password_is_read(tmp_path: Path) -> None:
    client = Clients(small_stack(access={"basic_auth": False}), tmp_path).prometheus
    assert (client.user, client.password) == ("", "")


def test_a_missing_password_is_a_trouble_with_advice(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        Clients(small_stack(), tmp_path).prometheus  # noqa: B018 - looking is what raises
    assert caught.value.hint == "`specola up` makes it"


def test_a_query_gives_the_vector_and_a_scalar_counts_as_one_series() -> None:
    clients = played(small_stack(), prometheus={"/api/v1/query": vector(({"job": "shop"}, "1"))})
    assert clients.query("up") == [{"metric": {"job": "shop"}, "value": [0, "1"]}]
    scalar = {"data": {"resultType": "scalar", "result": [5, "2"]}}
    assert played(small_stack(), prometheus={"/api/v1/query": scalar}).query("2") == [{"metric": {}, "value": [5, "2"]}]
