"""Checks of the way of an alert: Prometheus to Alertmanager, Alertmanager to the inbox, firing and resolved."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from compose.clients import UnreachableError
from compose.smoke.check import Finding, World
from spec.names import OWN_SERVICE, SMOKE_ALERT, WATCHDOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.clients import Client, Clients


def watchdog(world: World) -> Finding:
    """The alert that always fires has come from Prometheus to every Alertmanager, and these know of each other."""
    if not world.has("alertmanager"):
        return Finding("", skipped="Alertmanager does not run")
    every = world.clients.each("alertmanager")
    problems = tuple(problem for one in every for problem in _unheard(one, len(every)))
    several = f"{len(every)} Alertmanagers, which know of each other" if len(every) > 1 else "Alertmanager"
    return Finding(f"Prometheus's alerts reach {several}", problems)


def _unheard(alertmanager: Client, count: int) -> Iterator[str]:
    whose = alertmanager.component.capitalize()
    if not alertmanager.get("/api/v2/alerts", filter=f'alertname="{WATCHDOG}"'):
        yield f"{whose} has not received the watchdog from Prometheus"
    if count > 1:
        cluster = _cluster(alertmanager)
        if cluster["status"] != "ready" or len(cluster["peers"]) != count:
            yield f"{whose} is {cluster['status']}, and sees {len(cluster['peers'])} of {count} Alertmanagers"


def _cluster(alertmanager: Client) -> dict[str, Any]:
    """Its own name among its peers, and theirs."""
    found: dict[str, Any] = alertmanager.get("/api/v2/status")["cluster"]
    return found


def _sender(clients: Clients) -> Client:
    """The Alertmanager whose turn it is first: others wait for some seconds, to see whether it did the work.

    Their turns are in the order of their names in the cluster. https://prometheus.io/docs/alerting/latest/high_availability/
    """
    every = clients.each("alertmanager")
    if len(every) == 1:
        return every[0]
    alive = []
    for one in every:
        with suppress(UnreachableError):
            alive.append((_cluster(one).get("name", ""), one))
    return min(alive, key=lambda pair: pair[0])[1] if alive else every[0]


def delivery(world: World) -> Finding:
    """A test alert reaches the inbox, and so does its end."""
    if not world.has("alertmanager") or not world.has("inbox"):
        return Finding("", skipped="needs Alertmanager and the inbox")
    sender = _sender(world.clients)
    mark = f"{time.time_ns():x}"
    started = time.monotonic()
    _post(world, sender, mark, ends_in=300)
    complaint = world.until(lambda: _waiting(world, mark, "firing"))
    fired = time.monotonic() - started
    _post(world, sender, mark, ends_in=0)
    complaint = complaint or world.until(lambda: _waiting(world, mark, "resolved"))
    total = time.monotonic() - started
    return Finding(
        f"a test alert was delivered in {fired:.1f} s and resolved in {total - fired:.1f} s",
        (complaint,) if complaint else (),
    )


def _post(world: World, sender: Client, mark: str, ends_in: float) -> None:
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
    sender.post("/api/v2/alerts", [alert])


def _waiting(world: World, mark: str, status: str) -> str:
    messages = world.clients.inbox.get("/messages", alert=SMOKE_ALERT, status=status, limit=200)
    for message in messages:
        if any(alert["status"] == status and alert.get("labels", {}).get("run") == mark for alert in message["alerts"]):
            return ""
    return f"the inbox has not received the {status} test alert"
