"""Addresses of components: of IPv6 they stand in brackets wherever a port follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.receivers import inbox_smtp
from generator.runtime import NATIVE, loopback
from spec.load import load

BASE = Path(__file__).parents[1] / "rejections" / "base" / "stack.yaml"


@pytest.mark.parametrize(
    ("listen", "plain", "before_a_port"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1:9090"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1:9090"),  # noqa: S104 - said, not bound
        ("localhost", "127.0.0.1", "127.0.0.1:9090"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3:9090"),
        ("::1", "::1", "[::1]:9090"),
        ("::", "::1", "[::1]:9090"),
        ("2001:db8::5", "2001:db8::5", "[2001:db8::5]:9090"),
    ],
)
def test_where_a_component_is_reached(listen: str, plain: str, before_a_port: str) -> None:
    stack = load(BASE, settings=(f'network.listen="{listen}"',)).stack
    assert loopback(stack, "prometheus") == plain
    assert NATIVE.address(stack, "prometheus") == before_a_port
    assert inbox_smtp(stack, NATIVE) == before_a_port.replace(":9090", ":9182")
