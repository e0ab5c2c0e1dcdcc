"""A first service file: what a live target suggests, and where a human has to decide."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adopt import text
from adopt.conventions import excuses
from adopt.signals import RUNTIME, failed, signals, with_server_errors
from adopt.text import DECIDE, flow

if TYPE_CHECKING:
    from adopt.metrics import Data, Proposal
    from adopt.signals import Signal

HEADROOM = 2
"""The target may grow to this multiple of what it exposes now."""
SIGNALS = ("traffic", "errors", "latency", "saturation")
PANELS = 24
"""Most metrics on the proposed dashboard."""
SLOWER = 4
"""A p95 of more than this multiple of today's median is called slow."""


@dataclass(frozen=True)
class Seen:
    """What was found out about a service: where its metrics are, what they are, which pack knows them, its health.

    `until` is the day until which it may lack what nobody can tell from outside.
    """

    name: str
    owner: str
    url: str
    proposal: Proposal
    pack: str = ""
    health: tuple[tuple[str, str], ...] = ()
    until: str = ""
    title: str = ""
    owner_decided: bool = True
    schema: bool = False

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name.replace("-", " ").replace("_", " ").capitalize()

    @property
    def address(self) -> str:
        parts = urlsplit(self.url)
        return parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"

    @property
    def prefix(self) -> str:
        """What the names of its alerts begin with, so that they are unique in the stack."""
        return "".join(word.capitalize() for word in re.split(r"[-_]", self.name))


def file(seen: Seen) -> str:
    """The text of `services/<name>.yaml`."""
    metrics = {} if seen.pack else with_server_errors(seen.proposal.metrics)
    found = () if seen.pack else signals(metrics)
    parts = (_head(seen), _scrape(seen), _probes(seen), _metrics(seen, metrics), _indicators(found))
    rest = (
        _exceptions(seen, found),
        _objectives(seen, found),
        _alerts(seen, metrics, found),
        _dashboard(seen, metrics, found),
    )
    return "\n".join("\n".join(part) + "\n" for part in (*parts, *rest) if part)


def _head(seen: Seen) -> list[str]:
    decide = "" if seen.owner_decided else f"  {DECIDE} whose is it? The owner is told of its alerts"
    return [
        *(["# yaml-language-server: $schema=../docs/service.schema.json"] if seen.schema else []),
        f"service: {seen.name}",
        f"title: {flow(seen.called)}",
        f"owner: {seen.owner}{decide}",
        "simulate: false  # it really runs: never played by the simulator",
    ]


def _scrape(seen: Seen) -> list[str]:
    parts = urlsplit(seen.url)
    where: Data = {"targets": [seen.address]}
    if parts.path not in ("", "/metrics"):
        where["path"] = parts.path
    if seen.pack:
        lines = [f"  - {flow({'pack': seen.pack, **where})}"]
        return [
            f"# What it exposes is known: the pack {seen.pack} brings metrics, indicators, alerts and panels.",
            "exporters:",
            *lines,
        ]
    if parts.scheme == "https":
        where["scheme"] = "https"
    where["limit"] = math.ceil(max(seen.proposal.series * HEADROOM, seen.proposal.declared) / 100) * 100
    return [f"scrape: {flow(where)}  # {seen.proposal.series} series now"]


def _probes(seen: Seen) -> list[str]:
    if not seen.health:
        return [
            "probes:",
            f"  - {flow({'name': 'open', 'tcp': seen.address})}  {DECIDE} is there a health page to ask?",
        ]
    probes = [{"name": kind, "url": url, "kind": kind} for kind, url in seen.health]
    return ["probes:", *(f"  - {flow(probe)}" for probe in probes)]


def _metrics(seen: Seen, metrics: dict[str, Data]) -> list[str]:
    left_out = [] if seen.pack else [f"# left out: {name}: {reason}" for name, reason in seen.proposal.left_out]
    if not metrics:
        return left_out
    return [
        "# The contract, as the target keeps it now. `specola contract` tells when one of them changes.",
        "metrics:",
        *text.metrics(metrics, excuses(metrics)),
        *left_out,
    ]


def _indicators(found: tuple[Signal, ...]) -> list[str]:
    if not found:
        return []
    lines = [f"  {signal.name}: {flow(dict(signal.indicator))}{_ask(signal)}" for signal in found]
    golden = {signal.golden: signal.name for signal in found}
    return ["indicators:", *lines, f"golden: {flow(golden)}"]


def _exceptions(seen: Seen, found: tuple[Signal, ...]) -> list[str]:
    """What every service should have and this one has not yet."""
    lacking = [signal for signal in SIGNALS if signal not in {one.golden for one in found}]
    if not lacking:
        return []
    reason = f"{', '.join(lacking).capitalize()}: no metric tells of it by its name"
    exception = {"check": "coverage/golden", "reason": reason, "until": seen.until}
    return ["exceptions:", f"  - {flow(exception)}  {DECIDE} which indicator shows it?"]


def _ask(signal: Signal) -> str:
    return f"  {DECIDE} {signal.decide}" if signal.decide else ""


def _objectives(seen: Seen, found: tuple[Signal, ...]) -> list[str]:
    by_errors = any(signal.name == "errors" and "ratio" in signal.indicator for signal in found)
    objective = {"name": "availability", "indicator": "errors" if by_errors else "target.up", "objective": 99.9}
    share = failed(seen.proposal.metrics)
    so_far = f"about {share:.0%} of its requests failed so far; " if share else ""
    return ["slos:", f"  - {flow(objective)}  {DECIDE} {so_far}how much failure may users see in 30 days?"]


def _alerts(seen: Seen, metrics: dict[str, Data], found: tuple[Signal, ...]) -> list[str]:
    made = [alert for signal in found if (alert := _alert(seen, metrics, signal))]
    return ["alerts:", *(line for alert in made for line in alert)] if made else []


@dataclass(frozen=True)
class Limit:
    """What can be alerted on without knowing a service. The runbook is a beginning that its people write on."""

    name: str
    for_: str
    severity: str
    summary: str
    meaning: str
    steps: tuple[str, ...]


ERRORS = Limit(
    "HighErrorRate", "5m", "critical", "fails too many requests", "Users get an error instead of an answer.",
    ("Look at the last deployment.", "See which kind of request fails, and what its log says."),
)  # fmt: skip
SLOW = Limit(
    "SlowResponses", "10m", "high", "answers slowly", "One answer in twenty takes longer than this.",
    ("See which kind of request is slow.", "See whether what it depends on is slow, too."),
)  # fmt: skip
FILES = Limit(
    "FewFileDescriptors", "10m", "high", "has used most of its file descriptors",
    "When none is left, it can neither answer nor write.",
    ("See whether connections are left open.", "Restart it to win time, or raise the limit."),
)  # fmt: skip


def _alert(seen: Seen, metrics: dict[str, Data], signal: Signal) -> list[str]:
    """An alert of a signal that has a limit which can be told without knowing the service."""
    match signal.name:
        case "errors" if "ratio" in signal.indicator:
            limit, above = ERRORS, "5%"
        case "latency":
            limit, above = SLOW, _slow(metrics[signal.indicator["quantile"]["of"]])
        case "file-descriptors":
            limit, above = FILES, "80%"
        case _:
            return []
    return [
        f"  - name: {seen.prefix}{limit.name}",
        f"    indicator: {signal.name}",
        f"    above: {above}  {DECIDE} when should somebody be told?",
        f"    for: {limit.for_}",
        f"    severity: {limit.severity}",
        f"    summary: {flow(f'{seen.called} {limit.summary}')}",
        f"    meaning: {flow(limit.meaning)}  {DECIDE} what does it mean here, and what is to be done first?",
        f"    steps: {flow(limit.steps)}",
    ]


def _slow(metric: Data) -> str:
    """A bucket well above today's median, which the p95 can exceed."""
    usual = metric.get("typical", {}).get("median", 0.0) * SLOWER
    bounds = metric["buckets"]
    bound = next((bound for bound in bounds[:-1] if bound >= usual), bounds[-2] if len(bounds) > 1 else bounds[0] / 2)
    return f"{text.number(bound * 1000)}ms" if bound < 1 else f"{text.number(bound)}s"


def _dashboard(seen: Seen, metrics: dict[str, Data], found: tuple[Signal, ...]) -> list[str]:
    """What no signal shows: the service's own metrics, those that move first."""
    shown: set[str] = {name for signal in found for name in _named(signal.indicator)}
    others = [
        name
        for name, metric in metrics.items()
        if name not in shown and metric["type"] != "info" and not name.startswith(RUNTIME)
    ]
    others = sorted(others, key=lambda name: not _moves(metrics[name]))[:PANELS]
    if not others:
        return []
    return [
        "dashboards:",
        "  - name: details",
        f"    title: {flow(f'{seen.called}: details')}",
        "    question: What do its own metrics say?",
        "    sections:",
        "      - title: Its own metrics",
        "        panels:",
        *(f"          - {flow({'metric': name})}" for name in sorted(others)),
    ]


def _named(indicator: object) -> list[str]:
    """The metrics that an indicator's text names."""
    return re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", flow(indicator))


def _moves(metric: Data) -> bool:
    typical = metric.get("typical", {})
    return bool(typical.get("rate")) or len(set(typical.get("between", ()))) > 1
