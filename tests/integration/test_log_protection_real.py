"""What must not reach Loki does not, in whatever shape it is written; and one service's flood delays no other."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from compose.clients import Client
from compose.logs.entry import Span
from compose.logs.pages import Reader
from tests.integration.observed import ask, until
from tests.integration.test_survival_real import Chain
from tests.unit.small_stack import LOGS, SHOP
from tests.unit.test_redaction import PLANTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compose.logs.entry import Entry

pytestmark = [pytest.mark.alloy, pytest.mark.loki, pytest.mark.slow]
OWN = [{"name": "iban", "pattern": "(?i)(SE|DE)[0-9]{20}"}]
IBAN = "se45500000000583982574"
FLOOD = 25_000
LIMIT = 1000
"""Lines a second of the flooding service, as its limit of 300 kB comes to; ten seconds' worth may come at once."""


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    shop = SHOP | {"logs": LOGS | {"redact_patterns": OWN, "limit": "300kB"}}
    till = {"path": "/var/log/till.log", "format": "text", "multiline": r"^\d{4}-", "redact_patterns": OWN, "redact": LOGS["redact"]}  # fmt: skip
    found = Chain(
        tmp_path_factory.mktemp("protected"), {"shop": shop, "till": SHOP | {"service": "till", "logs": till}}
    )
    try:
        found.store.start()
        found.agent.start()
        yield found
    finally:
        found.agent.stop()
        found.store.stop()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def append(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def entries(way: Chain, query: str) -> list[Entry]:
    end = time.time_ns() + 60 * 10**9
    reader = Reader(Client("loki", way.url), query, Span(end - 3600 * 10**9, end))
    return [entry for page in reader.pages() for entry in page.entries]


def shapes(number: int, secret: str) -> Iterator[str]:
    """A line with a secret as services write it: in the message, deep in fields, in a trace, in a list, in metadata."""
    common = {"timestamp": now(), "level": "ERROR", "category": "order", "planted": number}
    trace = f"Traceback (most recent call last):\n  File 'till.py', line 4, in pay\nValueError: {secret}\n"
    fields: list[dict[str, Any]] = [
        {"message": secret},
        {"message": "nested", "context": {"request": {"detail": secret, "depth": 3}}},
        {"message": "traced", "stack": trace},
        {"message": "listed", "arguments": ["one", secret]},
        {"message": "kept", "request_id": secret},
    ]
    yield from (json.dumps(common | one, ensure_ascii=False) for one in fields)


def test_secrets_do_not_arrive_in_any_shape(way: Chain) -> None:
    planted = [(line, secret) for _, line, secret in PLANTED] + [(f"paid from {IBAN}", IBAN)]
    lines = [line for number, (said, _) in enumerate(planted) for line in shapes(number, said)]
    append(way.logs / "shop/shop.err", *lines)
    plain = [said for said, _ in planted if "\n" not in said]
    for said in plain:
        append(
            way.logs / "till/till.log", f"{now()} ERROR planted failed", "Traceback:", f"  at pay({said})", f"E: {said}"
        )
    append(way.logs / "till/till.log", f"{now()} INFO planted to the end")
    until(lambda: len(entries(way, '{service="shop"} |= "planted"')) >= len(lines), 90)
    until(lambda: len(entries(way, '{service="till"} |= "planted"')) >= len(plain) + 1, 90)
    found = entries(way, '{service=~"shop|till"}')
    everything = json.dumps(
        [[entry.line, dict(entry.labels), dict(entry.metadata)] for entry in found], ensure_ascii=False
    )
    secrets = {secret for _, secret in planted if len(secret) > 5 and not secret.isalpha()}
    assert [secret for secret in sorted(secrets) if secret in everything] == []
    values = [ask(f"{way.url}/loki/api/v1/label/{name}/values").text for name in ("level", "category", "service")]
    assert [secret for secret in sorted(secrets) if secret in " ".join(values)] == []
    assert sum("<redacted:" in entry.line for entry in found) >= len(lines) + len(plain)
    whole = [entry for entry in found if entry.labels["service"] == "till" and entry.labels["level"] == "ERROR"]
    assert len(whole) == len(plain)
    assert {entry.line.count("\n") for entry in whole} <= {2, 3}  # a private key without an end takes a line with it


def test_a_flood_delays_no_other_service_and_is_not_cut(way: Chain) -> None:
    flood = [
        json.dumps({"timestamp": now(), "level": "INFO", "category": "order", "message": f"flood {number}"})
        for number in range(FLOOD)
    ]
    began = time.monotonic()
    append(way.logs / "shop/shop.log", *flood)
    append(way.logs / "till/till.log", f"{now()} INFO heard beside the flood", f"{now()} INFO and the next one")
    until(lambda: bool(entries(way, '{service="till"} |= "beside the flood"')), 30)
    heard = time.monotonic() - began
    arrived = len(entries(way, '{service="shop"} |= "flood"'))
    until(lambda: len(entries(way, '{service="shop"} |= "flood"')) >= FLOOD, 120)
    took = time.monotonic() - began
    print(f"heard after {heard:.1f} s, when {arrived} of {FLOOD} lines of the flood had come; all after {took:.1f} s")
    assert arrived < FLOOD
    assert took > (FLOOD - 11 * LIMIT) / LIMIT
    assert len({entry.line for entry in entries(way, '{service="shop"} |= "flood"')}) == FLOOD
