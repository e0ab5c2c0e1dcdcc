"""Setting the stage: which programs a stack needs, which secrets are laid, and which runtime takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from compose import docker_engine, stage
from compose.docker_engine import Choice
from compose.fault import Trouble
from compose.native import Native
from tests.golden.small import small
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from pathlib import Path

    from compose.images import Image

EVERY = (
    "prometheus", "promtool", "alertmanager", "amtool", "node_exporter", "blackbox_exporter", "redis-server",
    "redis-cli", "redis_exporter",
)  # fmt: skip


@pytest.mark.parametrize(("components", "without"), [
    ({}, ()),
    ({"node": {"enabled": False}}, ("node_exporter",)),
    ({"redis": {"enabled": False}, "redis_exporter": {"enabled": False}}, ("redis-server", "redis_exporter")),
    ({"node": {"program": "/opt/node"}}, ("node_exporter",)),
])  # fmt: skip
def test_programs_from_debian_are_those_the_stack_runs_or_checks_with(
    components: dict[str, object], without: tuple[str, ...]
) -> None:
    assert set(stage.packaged(small_stack(components=components))) == set(EVERY) - set(without)


def test_programs_that_the_spec_names_go_by_their_tools_names() -> None:
    stack = small_stack(components={"node": {"program": "bin/node"}, "loki": {"program": "/opt/loki"}})
    assert stage.programs(stack) == {"node_exporter": "bin/node", "loki": "/opt/loki"}


def test_passwords_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    stage.lay_secrets(tmp_path, small_stack(), "native")
    laid = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert laid.keys() == {
        "prometheus-password", "alertmanager-password", "grafana-admin", "grafana-secret-key",
        "prometheus-web.yml", "alertmanager-web.yml", "alertmanager-basic",
        "redis-password", "redis.conf", "redis-passwords.json",
    }  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert laid["redis.conf"] == f"requirepass {laid['redis-password']}\n"
    assert laid["redis-passwords.json"] == f'{{"redis://127.0.0.1:6379": "{laid["redis-password"]}"}}'
    assert yaml.safe_load(laid["prometheus-web.yml"])["basic_auth_users"].keys() == {"specola"}
    stage.lay_secrets(tmp_path, small_stack(), "native")
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == laid


def test_secrets_of_receivers_are_not_asked_for_while_messages_go_to_the_inbox(tmp_path: Path) -> None:
    stage.lay_secrets(tmp_path, small("development"), "native")
    laid = {path.name for path in (tmp_path / "secrets").iterdir()}
    assert {"metrics", "probe"} <= laid  # of scrapes and probes
    assert not {"chat", "pager", "hook", "smtp"} & laid


def test_every_missing_secret_is_named_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGER_KEY", raising=False)
    with pytest.raises(Trouble) as caught:
        stage.lay_secrets(tmp_path, small("production"), "native")
    assert caught.value.message.splitlines() == [
        "secrets are missing:",
        "chat: there is no file secrets/chat, or it is empty",
        "pager: the environment variable PAGER_KEY is not set",
        "hook: there is no file secrets/hook, or it is empty",
        "smtp: there is no file secrets/smtp, or it is empty",
    ]


@pytest.mark.parametrize(("runtime", "certificate"), [
    ("native", "{root}/secrets/tls-certificate"),
    ("docker", "/run/secrets/tls-certificate"),
])  # fmt: skip
def test_the_certificate_is_named_as_the_runtime_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, certificate: str
) -> None:
    guarded(tmp_path, monkeypatch)
    stage.lay_secrets(tmp_path, small("production"), runtime)
    web = yaml.safe_load((tmp_path / "secrets/prometheus-web.yml").read_text())
    assert web["tls_server_config"]["cert_file"] == certificate.format(root=tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded(tmp_path, monkeypatch)
    key = tmp_path / "tls/server.key"
    key.chmod(0o640)
    with pytest.raises(Trouble, match=rf"{key} is open to others \(mode 0640\)"):
        stage.lay_secrets(tmp_path, small("production"), "native")


def guarded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the small stack needs in production: its secrets, a certificate and a key."""
    monkeypatch.setenv("PAGER_KEY", "key")
    for folder, names in (("secrets", ("chat", "hook", "smtp")), ("tls", ("server.crt", "server.key"))):
        (root / folder).mkdir(mode=0o700)
        for name in names:
            (root / folder / name).touch(mode=0o600)
            (root / folder / name).write_text("secret")


def test_secrets_that_cannot_be_written_are_a_trouble(tmp_path: Path) -> None:
    (tmp_path / "secrets").touch(mode=0o600)
    with pytest.raises(Trouble, match=r"cannot read or write .*/secrets/prometheus-password: Not a directory"):
        stage.lay_secrets(tmp_path, small_stack(), "native")


def test_a_stack_that_runs_natively_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_runs_natively", lambda root: root == tmp_path)
    backend, choice = stage.backend(tmp_path, small_stack(), "auto", print)
    assert isinstance(backend, Native)
    assert choice == Choice("native", "the stack already runs natively")


def test_the_environment_may_name_another_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Image] = []

    def choose(runtime: str, images: tuple[Image, ...]) -> Choice:
        asked.extend(images)
        return Choice("native", "no engine answers")

    monkeypatch.setattr(docker_engine, "choose", choose)
    monkeypatch.setenv("SPECOLA_IMAGE_REDIS", "local/standin-redis:1")
    stage.backend(tmp_path, small_stack(), "auto", print)
    assert "local/standin-redis:1" in [image.reference for image in asked]
    asked.clear()
    stage.backend(tmp_path, small_stack(), "native", print)
    assert asked == []
