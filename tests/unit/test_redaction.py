"""What is taken out of log lines, and what must stay in them."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from generator.redaction import KINDS, Pattern, redactions
from spec.logs import BuiltinRedaction, Logs

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
EVERY_KIND = Logs(path="/var/log/shop/shop.log", redact=get_args(BuiltinRedaction))


def redacted(line: str, logs: Logs = EVERY_KIND) -> str:
    """The line as it leaves the host: what Alloy's replace stages make of it."""
    for redaction in redactions(logs):
        if re.search(redaction.guard, line, re.ASCII | re.IGNORECASE):
            for pattern in redaction.patterns:
                line = _replaced(pattern, line)
    return line


def _replaced(pattern: Pattern, line: str) -> str:
    """Alloy replaces each group of each match, outer groups first, and nothing else."""
    result, end = "", 0
    for match in re.finditer(pattern.expression, line, re.ASCII):
        for group in range(1, match.re.groups + 1):
            start, stop = match.span(group)
            if start >= end and start != -1:
                result, end = result + line[end:start] + pattern.replacement, stop
    return result + line[end:]


PLANTED = [
    ("email", "mail to jane.doe+shop@mail.example.org bounced", "jane.doe"),
    ("email", "mail to jürgen@exämple.de bounced", "rgen@"),
    ("email", "GET /unsubscribe?address=jane%40example.org", "jane"),
    ("email", r'{"to": "jane\u0040example.org"}', "jane"),
    ("email", "<jane@example.org>,<joe@example.org>", "joe"),
    ("token", "Authorization: Bearer dGhpcy1pcy1hLXRva2Vu", "dGhp"),
    ("token", "authorization=Basic am9lOnNlY3JldA==", "am9l"),
    ("token", '{"headers": {"Authorization": "Token 3f9a"}}', "3f9a"),
    ("token", "sent Bearer abcdefghijklmnop0123 upstream", "abcdefghij"),
    ("token", f"refused {JWT}", "eyJ"),
    ("token", f"cookie: session={JWT}; theme=dark", "eyJ"),
    ("token", '{"access_token": "s3cr3t-value"}', "s3cr3t"),
    ("token", '{"refreshToken":"s3cr3t-value"}', "s3cr3t"),
    ("token", '{"token": 918273645}', "918273645"),
    ("token", "GET /files?token=s3cr3t-value&page=2", "s3cr3t"),
    ("token", r'{"body": "{\"token\": \"s3cr3t-value\"}"}', "s3cr3t"),
    ("token", "{'token': 's3cr3t-value'}", "s3cr3t"),
    ("token", r'{"body": "{\"token\": 918273645, \"n\": 1}"}', "918273645"),
    ("token", "{'token': 918273645}", "918273645"),
    ("token", "pushed with ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_"),
    ("token", "posting to https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXX", "XXXX"),
    ("card", "charged 4111111111111111", "4111"),
    ("card", "charged 4111 1111 1111 1111.", "1111"),
    ("card", "charged 5500-0000-0000-0004, then 3400 000000 00009", "0000"),
    ("card", "4111111111111111 5500000000000004", "0000"),
    ("card", '{"card": 4111111111111111}', "4111"),
    ("card", '{"card": "4111111111111111", "amount": 5}', "4111"),
    ("key", "GET /maps?key=AbCdEf0123456789", "AbCdEf"),
    ("key", "api_key=abc123", "abc123"),
    ("key", "X-Api-Key: abc123", "abc123"),
    ("key", '{"client_secret": "abc123"}', "abc123"),
    ("key", '{"aws": {"secretAccessKey": "abc/123"}}', "abc/123"),
    ("key", "using AKIAIOSFODNN7EXAMPLE", "AKIA"),
    ("key", "charge with sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39"),
    ("key", r'{"pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"}', "MIIE"),
    ("key", "-----BEGIN PRIVATE KEY-----\nMIIEow\nAbCdEf", "AbCdEf"),
    ("password", "password=hunter2", "hunter2"),
    ("password", "Password: hunter2", "hunter2"),
    ("password", '{"password": "hunter2 and, \\"more\\""}', "more"),
    ("password", '{"db_password":"hunter2"}', "hunter2"),
    ("password", '{"password": 7359210}', "7359210"),
    ("password", "db_password='hunter 2'", "hunter"),
    ("password", r'{"sql": "ALTER ROLE shop PASSWORD=\"hunter2\""}', "hunter2"),
    ("password", "connecting to postgres://shop:hunter2@db:5432/shop", "hunter2"),
    ("password", r'{"url": "redis:\/\/:hunt@er2@cache:6379"}', "er2"),
    ("ip", "request of 192.0.2.17", "192.0.2.17"),
    ("ip", '{"client_ip": "203.0.113.9"}', "203.0"),
    ("ip", "peer [2001:db8::17]:443", "db8"),
    ("ip", "peer fe80::1ff:fe23:4567:890a", "fe23"),
    ("ip", "peer 2001:0db8:85a3:0000:0000:8a2e:0370:7334", "8a2e"),
    ("ip", "10.0.0.1:5432", "10.0.0.1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "line", "secret"), PLANTED)
def test_a_planted_secret_does_not_leave(kind: BuiltinRedaction, line: str, secret: str) -> None:
    assert secret in line
    left = redacted(line, Logs(path="/var/log/shop/shop.log", redact=(kind,)))
    assert secret not in left
    assert f"<redacted:{kind}>" in left
    assert secret not in redacted(line)


@pytest.mark.parametrize("line", [line for _, line, _ in PLANTED if line.startswith('{"')])
def test_a_json_line_stays_json(line: str) -> None:
    json.loads(line)
    json.loads(redacted(line))


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(("kind", "line", "secret"), PLANTED)
def test_json_within_json_hides_nothing(kind: BuiltinRedaction, line: str, secret: str, depth: int) -> None:
    for _ in range(depth):
        line = json.dumps({"message": "taken in", "body": f"ValueError: {line}", "n": 1}, ensure_ascii=False)
    left = redacted(line)
    assert secret not in left
    assert json.loads(left).keys() >= {"message", "body", "n"}


ORDINARY = [
    "2026-11-21T03:48:48.123Z INFO request answered in 12.5 ms",
    '{"timestamp": "2026-11-21T03:48:48.123Z", "request_id": "9f86d081884c7d65", "duration_ms": 41.234567890123456}',
    '{"duration": 0.4532345678901234, "share": 0.5111111111111111}',
    '{"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}',
    "commit 9c1185a5c5e9fc54612808977ee8f548b2258d31 deployed",
    "digest sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "request 123e4567-e89b-12d3-a456-426614174000 took 1h2m3s",
    "at 1763696928123 ms, 1763696928123456789 ns",
    "version 3.14.0 replaced 3.13.9 on 2026-11-21",
    "tokens used: 412 of 4096; max_tokens=4096",
    "token expired; bearer authentication failed; password reset requested",
    '{"token_count": 12, "password_set": true, "session_id": "b81fd5cc", "monkey": "banana", "passenger": "one"}',
    '{"token": null, "password": false}',
    "cache key session:17 evicted; primary key=17",
    "panicked at src/main.rs:41:7 in tokio::runtime::task, deadbeef::cafe",
    "file_size_bytes=4000000 status=200 code=2xx route=/api/v1/datasets",
    "u-3f9a logged in from web at 03:48:48",
    "user@localhost refused",
    "port 6379, pid 12345, 127 of 128 connections",
    '{"compass": "north", "bypass": "A12", "spin_code_length": 4}',
]  # fmt: skip


@pytest.mark.parametrize("line", ORDINARY)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == line


def test_redacting_twice_changes_nothing_more() -> None:
    for _, line, _ in PLANTED:
        assert redacted(redacted(line)) == redacted(line)


def test_only_the_chosen_kinds_are_taken_out() -> None:
    line = "jane@example.org from 192.0.2.17"
    assert redacted(line, Logs(path="/x.log", redact=("email",))) == "<redacted:email> from 192.0.2.17"
    assert redacted(line, Logs(path="/x.log", redact=())) == line


def test_a_service_adds_patterns_of_its_own_whatever_groups_they_have() -> None:
    logs = Logs.model_validate(
        {"path": "/x.log", "redact": [], "redact_patterns": [{"name": "iban", "pattern": "(SE|DE)[0-9]{20}"}]}
    )
    assert redacted("paid from SE45500000000583982574", logs) == "paid from <redacted:iban>"


def test_every_kind_of_the_spec_has_patterns() -> None:
    assert set(KINDS) == set(get_args(BuiltinRedaction))
    assert all(re.compile(pattern.expression).groups for kind in KINDS.values() for pattern in kind.patterns)
