"""Indicators on log lines, for real: lines are written to Loki, its ruler counts them, and Prometheus has the figures."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from compose import secrets
from generator import loki
from generator.components import flags
from generator.runtime import NATIVE
from spec.instances import Instance
from spec.names import USER
from tests.integration.observed import ask, need, running, until, write
from tests.offsets import free_offset
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spec.stack import Stack

pytestmark = [pytest.mark.loki, pytest.mark.tools]
NAME = "monitoring.example.org"
PATIENCE = 45
"""Seconds; a minute after they were written the first lines no longer count."""
INDICATORS = {
    "errors": {"rate": {"levels": ["ERROR"]}, "by": ["category"], "window": "1m"},
    "refusals": {"rate": {"category": "order", "contains": 'card "refused"'}, "window": "1m"},
    "typical-time": {"quantile": {"field": "duration_ms", "category": "order", "q": 0.5}},
}
LINES = (
    *[("ERROR", "order", 'card "refused"', ms) for ms in (100, 250, 900)],
    *[("ERROR", "order", "no answer of the bank", ms) for ms in (200, 300)],
    ("ERROR", "order", "a line whose duration is no number", "long"),
    ("INFO", "audit", "price changed", 70_000),
)
"""Level, category, message and duration of what is written."""
EXPECTED = {
    ("service_category:log_lines:errors_rate1m", "order"): 6 / 60,
    ("service_category:log_lines:errors_rate1m", "audit"): 0,
    ("service:log_lines:refusals_rate1m", ""): 3 / 60,
    ("service:log_duration_seconds:typical_time_p50_5m", ""): 0.25,
}


class Door:
    """Prometheus behind its password, and behind TLS where there is a certificate."""

    def __init__(self, url: str, certificate: Path | None) -> None:
        self.url = url
        self.trust = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
        if self.trust is not None:
            self.trust.check_hostname = False

    def answers(self, path: str, password: str = "", data: bytes | None = None, **query: str) -> tuple[int, bytes]:
        request = Request(f"{self.url}{path}" + (f"?{urlencode(query)}" if query else ""), data)
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode())
        try:
            with urlopen(request, timeout=10, context=self.trust) as response:
                return response.status, response.read()
        except HTTPError as refused:
            return refused.code, b""
        except OSError:
            return 0, b""


@pytest.fixture(scope="module", params=["http", "https"])
def stack(request: pytest.FixtureRequest) -> Stack:
    tls = {"tls": {"certificate": "tls.crt", "key": "tls.key", "name": NAME}} if request.param == "https" else {}
    return small_stack(
        {"indicators": INDICATORS, "alerts": []},
        network={"offset": free_offset()},
        defaults={"evaluation": "1s"},
        environment="test",
        access=tls,
        components={"alertmanager": {"enabled": False}},
    )


@pytest.fixture(scope="module")
def root(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `up` lays for Loki and Prometheus."""
    root = tmp_path_factory.mktemp("series")
    write(loki.render(stack), root / "build")
    (root / "prometheus.yml").write_text("global: {}\n")
    secrets.ensure(root, ["prometheus-password"])
    if stack.spec.access.tls is None:
        secrets.web_config(root, "prometheus")
        return root
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make a certificate with")
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2")
    files = ("-keyout", str(root / "secrets/tls-key"), "-out", str(root / "secrets/tls-certificate"))
    subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files), check=True, capture_output=True
    )
    secrets.web_config(root, "prometheus", files[3], files[1])
    return root


@pytest.fixture(scope="module")
def door(stack: Stack, root: Path) -> Iterator[Door]:
    """A Prometheus with the flags that are rendered."""
    address = f"127.0.0.1:{stack.port('prometheus')}"
    tls = stack.spec.access.tls is not None
    command = [
        *need("prometheus"), f"--config.file={root}/prometheus.yml", f"--storage.tsdb.path={root}/prometheus",
        f"--web.config.file={root}/secrets/prometheus-web.yml", f"--web.listen-address={address}",
        *flags(stack, NATIVE, Instance("prometheus")),
    ]  # fmt: skip
    made = Door(f"http{'s' if tls else ''}://{address}", root / "secrets/tls-certificate" if tls else None)
    password = secrets.read(root, "prometheus-password")
    with (root / "prometheus.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: process.poll() is not None or made.answers("/-/ready", password)[0] == 200)
        assert process.poll() is None, (root / "prometheus.log").read_text()[-2000:]
        yield made
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def lines(stack: Stack, root: Path, door: Door) -> Iterator[None]:
    """A Loki with the rendered configuration and rules, to which the lines are written."""
    environment = {
        "SPECOLA_DATA": str(root / "data/loki"), "SPECOLA_BUILD": str(root / "build"),
        "SPECOLA_SECRETS": str(root / "secrets"), "SPECOLA_ROOT": str(root),
    }  # fmt: skip
    command = [*need("loki"), f"-config.file={root}/build/native/loki/loki.yml", "-config.expand-env=true"]
    url = f"http://127.0.0.1:{stack.port('loki')}"
    with running(command, environment, root / "data/loki", f"{url}/ready"):
        now = time.time_ns()
        streams = [
            {
                "stream": {"service": "shop", "level": level, "category": category, "environment": "test"},
                "values": [[str(now + position), message, {"duration_ms": str(ms)}]],
            }
            for position, (level, category, message, ms) in enumerate(LINES)
        ]
        assert ask(f"{url}/loki/api/v1/push", body={"streams": streams}).status == 204
        yield


def test_what_the_lines_say_is_in_prometheus(root: Path, door: Door, lines: None) -> None:
    password = secrets.read(root, "prometheus-password")
    told: dict[tuple[str, str], float] = {}

    def figures() -> dict[tuple[str, str], float]:
        _, answer = door.answers("/api/v1/query", password, query='{service="shop"}')
        series = json.loads(answer)["data"]["result"]
        assert {label for one in series for label in one["metric"]} <= {"__name__", "service", "category"}
        return {
            (one["metric"]["__name__"], one["metric"].get("category", "")): float(one["value"][1]) for one in series
        }

    deadline = time.monotonic() + PATIENCE
    while told != pytest.approx(EXPECTED) and time.monotonic() < deadline:
        time.sleep(0.2)
        told = figures()
    assert told == pytest.approx(EXPECTED)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_writes_without_the_password(door: Door, password: str) -> None:
    assert door.answers("/api/v1/write", password, b"x")[0] == 401


def test_what_is_no_series_is_refused_behind_the_password_too(root: Path, door: Door) -> None:
    assert door.answers("/api/v1/write", secrets.read(root, "prometheus-password"), b"x")[0] in (400, 415)
