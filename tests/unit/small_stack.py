"""A small stack for tests: one service with logs, every component on, each part of it replaceable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spec.resolve import resolve
from spec.root import StackSpec

if TYPE_CHECKING:
    from spec.stack import Stack

LOGS = {
    "path": "/var/log/shop/*.log",
    "errors_path": "/var/log/shop/errors/shop.err",
    "metadata": ["request_id", "duration_ms"],
    "keep": "14d",
    "keep_levels": [{"levels": ["ERROR", "FATAL"], "keep": "30d"}],
    "redact": ["email", "token", "card", "key", "password", "ip"],
    "drop": ["DEBUG"],
    "categories": [
        {"name": "order", "message": "order taken", "share": 0.9},
        {"name": "audit", "message": "price changed", "share": 0.1, "keep": "90d"},
    ],
    "alerts": [
        {"name": "ErrorBurst", "levels": ["ERROR"], "above": "0.5/s", "severity": "high", "summary": "Many errors"},
        {"name": "LogsSilent", "below": "1/m", "severity": "medium", "summary": "No lines"},
    ],
}
SHOP = {
    "service": "shop",
    "title": "Shop",
    "owner": "sales",
    "scrape": {"targets": ["shop:8080"]},
    "metrics": {
        "shop_orders_total": {"type": "counter", "help": "Orders taken", "labels": {"outcome": ["paid", "refused"]}}
    },
    "logs": LOGS,
}


def small_stack(logs: dict[str, Any] | None = None, **changes: object) -> Stack:
    """The stack with some keys of its root replaced, and some of its service's logs."""
    service = SHOP | {"logs": LOGS | (logs or {})}
    root: dict[str, object] = {
        "stack": "small",
        "owner": "sales",
        "owners": {"sales": {"title": "Sales"}},
        "notification": {"receivers": {"mail": {"email": {"to": ["sales@example.org"]}}}, "default": "mail"},
        "services": {"shop": service},
    }
    return resolve(StackSpec.model_validate(root | changes))
