"""Loki with the rendered configuration: it starts at once, keeps lines, evaluates the rules and tells Alertmanager."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from generator import loki
from generator.runtime import RUNTIMES, Runtime
from tests.integration.observed import ask, need, running, until, write
from tests.offsets import free_offset
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spec.stack import Stack

pytestmark = pytest.mark.loki
ALERT = {"name": "ErrorBurst", "levels": ["ERROR"], "above": "0/s", "severity": "high", "summary": "Many errors"}
SILENCE = {"name": "LogsSilent", "below": "1/m", "severity": "medium", "summary": "No lines"}


def environment(root: Path) -> dict[str, str]:
    return {
        "SPECOLA_DATA": str(root / "data/loki"),
        "SPECOLA_BUILD": str(root / "build"),
        "SPECOLA_SECRETS": str(root / "secrets"),
        "SPECOLA_ROOT": str(root),
    }


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
@pytest.mark.parametrize(
    "change", [{}, {"access": {"basic_auth": False}}, {"access": {"tls": {"certificate": "t/c.pem", "key": "t/k.pem"}}}]
)
def test_loki_accepts_the_configuration(runtime: Runtime, change: dict[str, Any], tmp_path: Path) -> None:
    write(loki.render(small_stack(**change)), tmp_path / "build")
    path = tmp_path / f"build/{runtime.folder}/loki/loki.yml"
    command = [*need("loki"), "-verify-config", "-config.expand-env=true", f"-config.file={path}"]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, "")


class Alertmanager(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Taker)
        self.alerts: dict[str, dict[str, str]] = {}
        self.authorizations: set[str] = set()


class _Taker(BaseHTTPRequestHandler):
    server: Alertmanager

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.alerts |= {alert["labels"]["alertname"]: alert["labels"] for alert in body}
        self.server.authorizations.add(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@pytest.fixture(scope="module")
def stack() -> Stack:
    return small_stack(
        {"alerts": [ALERT, SILENCE]},
        network={"offset": free_offset()},
        defaults={"evaluation": "1s"},
        environment="test",
    )


@pytest.fixture(scope="module")
def alertmanager(stack: Stack) -> Iterator[Alertmanager]:
    server = Alertmanager(stack.port("alertmanager"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def url(stack: Stack, alertmanager: Alertmanager, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("loki")
    write(loki.render(stack), root / "build")
    (root / "secrets").mkdir()
    (root / "secrets" / loki.CREDENTIALS).write_text(base64.b64encode(b"specola:made-up").decode())
    command = [*need("loki"), f"-config.file={root}/build/native/loki/loki.yml", "-config.expand-env=true"]
    address = f"http://127.0.0.1:{stack.port('loki')}"
    began = time.monotonic()
    with running(command, environment(root), root / "data/loki", f"{address}/ready") as output:
        assert time.monotonic() - began < 15, "the wait for other ingesters is back"
        yield address
    assert "panic" not in output.read_text()


def push(url: str, line: str, **labels: str) -> None:
    stream = {"stream": labels, "values": [[str(time.time_ns()), line, {"request_id": "r-1"}]]}
    assert ask(f"{url}/loki/api/v1/push", body={"streams": [stream]}).status == 204


def found(url: str, query: str) -> list[dict[str, Any]]:
    streams: list[dict[str, Any]] = ask(f"{url}/loki/api/v1/query_range", query=query).data["data"]["result"]
    return streams


def test_a_line_is_kept_and_found_by_its_metadata(url: str) -> None:
    push(url, "order taken", service="shop", level="INFO", category="order", environment="test")
    until(lambda: bool(found(url, '{service="shop"} | request_id="r-1"')))
    [stream] = found(url, '{service="shop"} | request_id="r-1"')
    assert stream["values"][0][1] == "order taken"
    assert stream["stream"]["category"] == "order"


def test_the_rules_are_loaded(url: str) -> None:
    groups = ask(f"{url}/prometheus/api/v1/rules").data["data"]["groups"]
    assert {(group["name"], rule["name"]) for group in groups for rule in group["rules"]} == {
        ("shop-logs", "ErrorBurst"),
        ("shop-logs", "LogsSilent"),
    }


def test_every_kind_of_line_has_the_retention_that_the_spec_says(url: str) -> None:
    limits = ask(f"{url}/config").text
    for selector in ('{service="shop"}', 'category="audit"', 'level=~"ERROR|FATAL"'):
        assert selector in limits


def test_an_alert_reaches_alertmanager_with_its_labels_and_our_credentials(
    url: str, alertmanager: Alertmanager
) -> None:
    push(url, "no money", service="shop", level="ERROR", category="order", environment="test")
    until(lambda: "ErrorBurst" in alertmanager.alerts)
    assert alertmanager.alerts["ErrorBurst"].items() >= {
        "severity": "high", "service": "shop", "team": "sales", "environment": "test", "stack": "small",
    }.items()  # fmt: skip
    assert alertmanager.authorizations == {"Basic " + base64.b64encode(b"specola:made-up").decode()}
