"""A small project of its own, natively, with a certificate that is made out to none of the addresses it is asked at."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from compose import tools
from tests.integration.working_copy import DEBIANS, REPOSITORY, WHOLE, Copy, need_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.tools, pytest.mark.slow]
NAME = "monitoring.example.org"
TLS = f"access.tls={{certificate: certs/tls.crt, key: certs/tls.key, name: {NAME}}}"
SPEAKING = {"prometheus": 9090, "alertmanager": 9093, "grafana": 3000}
need_all(*DEBIANS)
if not shutil.which("openssl"):
    pytest.skip("no openssl here to make a certificate with", allow_module_level=True)
EXTRA = () if not tools.missing(("loki", "alloy", "grafana"), REPOSITORY) else WHOLE


def certify(folder: Path) -> None:
    """A certificate that nobody but itself vouches for."""
    folder.mkdir()
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2")
    files = ("-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"))
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files)
    subprocess.run(make, check=True, capture_output=True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The new project that `init` makes, with all components that can run here, ten times as fast."""
    root = tmp_path_factory.mktemp("secure")
    copy = Copy(root, ("pace=10",))
    assert copy.run("init").code == 0
    copy.settings += (TLS, *EXTRA)
    certify(root / "certs")
    (root / ".tools").symlink_to(REPOSITORY / ".tools")
    try:
        begun = copy.up()
        assert (begun.code, begun.err) == (0, ""), begun
        yield copy
    finally:
        copy.end()


def test_all_that_people_look_at_speaks_tls_and_is_proven_over_it(stack: Copy) -> None:
    told = stack.run("smoke", "--format", "json")
    assert told.code == 0, [check for check in told.data["checks"] if not check["ok"]]
    trusting = ssl.create_default_context(cafile=str(stack.root / "certs/tls.crt"))
    trusting.check_hostname = False
    for name in SPEAKING.keys() & {one["name"] for one in stack.run("status", "--format", "json").data["components"]}:
        address = f"127.0.0.1:{stack.port(SPEAKING[name])}/"
        with pytest.raises(HTTPError, match="400"):
            urlopen(f"http://{address}", timeout=10)
        try:
            status = urlopen(f"https://{address}", timeout=10, context=trusting).status
        except HTTPError as refused:
            status = refused.code
        assert status == (200 if name == "grafana" else 401), name


def test_a_second_up_does_nothing_and_an_edit_is_taken_up(stack: Copy) -> None:
    assert set(stack.up().steps.values()) == {"keep"}
    stack.settings += ("defaults.evaluation=16s",)
    steps = stack.up().steps
    stack.settings = stack.settings[:-1]
    assert steps["alertmanager"] == "keep"
    assert stack.up().code == 0


def test_a_drill_is_told_and_resolved(stack: Copy) -> None:
    told = stack.run("drill", "--pace", "120", "--format", "json", "example/ServiceDown")
    assert told.code == 0, told
    assert (told.data["delivered"], told.data["resolved"]) == (1, 1)


def test_another_certificate_restarts_what_uses_it(stack: Copy) -> None:
    shutil.rmtree(stack.root / "certs")
    certify(stack.root / "certs")
    told = stack.up()
    assert told.code == 0, told
    assert {name for name, kind in told.steps.items() if kind == "restart"} >= {"prometheus", "alertmanager"}
    assert told.steps["node"] == "keep"
    assert stack.run("status").code == 0


def test_a_certificate_that_is_not_there_changes_nothing(stack: Copy) -> None:
    (stack.root / "certs/tls.key").rename(stack.root / "certs/elsewhere")
    told = stack.up()
    (stack.root / "certs/elsewhere").rename(stack.root / "certs/tls.key")
    assert (told.code, told.err) == (
        1,
        "specola: access.tls names certs/tls.key, which is not there\n"
        "  put the certificate and its key there, or remove access.tls\n",
    )
    assert stack.run("status").code == 0
