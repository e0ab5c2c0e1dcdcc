"""Checks of the way of an alert: Prometheus to Alertmanager, Alertmanager to the inbox, firing and resolved."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from compose.smoke.check import Finding, World
from spec.names import OWN_SERVICE, SMOKE_ALERT, WATCHDOG


def watchdog(world: World) -> Finding:
    """The alert that always fires has come from Prometheus to Alertmanager."""
    if not world.has("alertmanager"):
        return Finding("", skipped="Alertmanager does not run")
    active = world.clients.alertmanager.get("/api/v2/alerts", filter=f'alertname="{WATCHDOG}"')
    problems = () if active else ("Alertmanager has not received the watchdog from Prometheus",)
    return Finding("Prometheus's alerts reach Alertmanager", problems)


def delivery(world: World) -> Finding:
    """A test alert reaches the inbox, and so does its end."""
    if not world.has("alertmanager") or not world.has("inbox"):
        return Finding("", skipped="needs Alertmanager and the inbox")
    mark = f"{time.time_ns():x}"
    started = time.monotonic()
    _post(world, mark, ends_in=300)
    complaint = world.until(lambda: _waiting(world, mark, "firing"))
    fired = time.monotonic() - started
    _post(world, mark, ends_in=0)
    complaint = complaint or world.until(lambda: _waiting(world, mark, "resolved"))
    total = time.monotonic() - started
    return Finding(
        f"a test alert was delivered in {fired:.1f} s and resolved in {total - fired:.1f} s",
        (complaint,) if complaint else (),
    )


def _post(world: World, mark: str, ends_in: float) -> None:
    now = datetime.now(UTC)
    alert = {
        "labels": {
            "alertname": SMOKE_ALERT,
            "service": OWN_SERVICE,
            "severity": "low",
            "team": world.stack.spec.owner,
            "run": mark,
        },
        "annotations": {
            "summary": "A test of delivery",
            "description": "Sent by `specola smoke`",
            "runbook_url": "",
            "dashboard_url": "",
        },
        "startsAt": (now - timedelta(seconds=1)).isoformat(),
        "endsAt": (now + timedelta(seconds=ends_in)).isoformat(),
    }
    world.clients.alertmanager.post("/api/v2/alerts", [alert])


def _waiting(world: World, mark: str, status: str) -> str:
    messages = world.clients.inbox.get("/messages", alert=SMOKE_ALERT, status=status, limit=200)
    for message in messages:
        if any(alert["status"] == status and alert.get("labels", {}).get("run") == mark for alert in message["alerts"]):
            return ""
    return f"the inbox has not received the {status} test alert"
