"""Secrets: made once, closed to others, never told."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bcrypt
import pytest

from compose import secrets
from compose.fault import Trouble

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Reference:
    file: str | None = None
    env: str | None = None
    generate: bool = False


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_password_is_made_once(tmp_path: Path) -> None:
    secrets.ensure(tmp_path, ("prometheus-password", "grafana-password"))
    first = secrets.read(tmp_path, "prometheus-password")
    secrets.ensure(tmp_path, ("prometheus-password",))
    assert secrets.read(tmp_path, "prometheus-password") == first
    assert len(first) == 32
    assert first != secrets.read(tmp_path, "grafana-password")
    assert mode(tmp_path / "secrets") == 0o700
    assert mode(tmp_path / "secrets/prometheus-password") == 0o600


@pytest.mark.parametrize(
    ("path", "open_mode", "advice"),
    [("secrets", 0o755, "chmod 700"), ("secrets/prometheus-password", 0o640, "chmod 600")],
)
def test_what_others_can_read_is_refused_and_left_as_it_is(
    tmp_path: Path, path: str, open_mode: int, advice: str
) -> None:
    secrets.ensure(tmp_path, ("prometheus-password",))
    (tmp_path / path).chmod(open_mode)
    with pytest.raises(Trouble) as caught:
        secrets.ensure(tmp_path, ("prometheus-password",))
    assert caught.value.message == f"{tmp_path / path} is open to others (mode {open_mode:04o})"
    assert caught.value.hint.startswith(advice)
    assert mode(tmp_path / path) == open_mode


def test_a_secret_of_the_spec_lies_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "mine/slack"
    own.parent.mkdir()
    own.write_text("https://hooks/1")
    own.chmod(0o600)
    monkeypatch.setenv("PAGER", "key-1")
    references = {
        "slack": Reference(file="mine/slack"),
        "pager": Reference(env="PAGER"),
        "made": Reference(generate=True),
    }
    secrets.materialise(tmp_path, references)
    assert [secrets.read(tmp_path, name) for name in ("slack", "pager")] == ["https://hooks/1", "key-1"]
    assert {mode(path) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    made = secrets.read(tmp_path, "made")

    own.write_text("https://hooks/2")
    monkeypatch.delenv("PAGER")  # another shell: what the first `up` was given stays
    secrets.materialise(tmp_path, references)
    assert [secrets.read(tmp_path, name) for name in ("slack", "pager", "made")] == ["https://hooks/2", "key-1", made]


def test_all_missing_secrets_are_told_at_once_and_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGER", raising=False)
    with pytest.raises(Trouble) as caught:
        secrets.materialise(tmp_path, {"slack": Reference(file="mine/slack"), "pager": Reference(env="PAGER")})
    assert caught.value.message.splitlines() == [
        "secrets are missing:",
        "slack: there is no file mine/slack, or it is empty",
        "pager: the environment variable PAGER is not set",
    ]


def test_a_web_configuration_lets_the_password_in_and_changes_only_with_it(tmp_path: Path) -> None:
    secrets.ensure(tmp_path, ("prometheus-password",))
    path = secrets.web_config(tmp_path, "prometheus")
    text = path.read_text()
    assert path == tmp_path / "secrets/prometheus-web.yml"
    assert mode(path) == 0o600
    assert text.startswith("basic_auth_users:\n  specola: '$2b$10$")
    hashed = text.split("'")[1]
    assert bcrypt.checkpw(secrets.read(tmp_path, "prometheus-password").encode(), hashed.encode())
    assert secrets.web_config(tmp_path, "prometheus").read_text() == text

    (tmp_path / "secrets/prometheus-password").write_text("another\n")
    changed = secrets.web_config(tmp_path, "prometheus").read_text()
    assert bcrypt.checkpw(b"another", changed.split("'")[1].encode())


def test_a_web_configuration_with_a_certificate_keeps_the_hash(tmp_path: Path) -> None:
    secrets.ensure(tmp_path, ("prometheus-password",))
    plain = secrets.web_config(tmp_path, "prometheus").read_text()
    assert secrets.web_config(tmp_path, "prometheus", "/c/it's.pem", "/c/key.pem").read_text() == (
        f"{plain}tls_server_config:\n  cert_file: '/c/it''s.pem'\n  key_file: '/c/key.pem'\n"
    )
    assert secrets.web_config(tmp_path, "prometheus", auth=False).read_text() == "{}\n"


def test_no_message_holds_a_secret(tmp_path: Path) -> None:
    secrets.ensure(tmp_path, ())
    (tmp_path / "secrets/prometheus-password").write_text("s3cret" * 20)
    with pytest.raises(Trouble, match="longer than 72 bytes") as caught:
        secrets.web_config(tmp_path, "prometheus")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(Trouble, match="secrets/none is not there"):
        secrets.read(tmp_path, "none")
