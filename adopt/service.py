"""A first service file: what a live target suggests, and where a human has to decide."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adopt import text
from adopt.signals import RUNTIME, signals, with_server_errors
from adopt.text import DECIDE, flow

if TYPE_CHECKING:
    from adopt.metrics import Data, Proposal
    from adopt.signals import Signal

HEADROOM = 2
"""The target may grow to this multiple of what it exposes now."""
PANELS = 24
"""Most metrics on the proposed dashboard."""
SLOWER = 4
"""A p95 of more than this multiple of today's median is called slow."""


@dataclass(frozen=True)
class Seen:
    """What was found out about a service: where its metrics are, what they are, which pack knows them, its health."""

    name: str
    owner: str
    url: str
    proposal: Proposal
    pack: str = ""
    health: tuple[tuple[str, str], ...] = ()
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
    rest = (_objectives(found), _alerts(seen, metrics, found), _dashboard(seen, metrics, found))
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
    where["limit"] = math.ceil(seen.proposal.series * HEADROOM / 100) * 100
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
        *text.metrics(metrics),
        *left_out,
    ]


def _indicators(found: tuple[Signal, ...]) -> list[str]:
    if not found:
        return []
    lines = [f"  {signal.name}: {flow(dict(signal.indicator))}{_ask(signal)}" for signal in found]
    golden = {signal.golden: signal.name for signal in found}
    return ["indicators:", *lines, f"golden: {flow(golden)}"]


def _ask(signal: Signal) -> str:
    return f"  {DECIDE} {signal.decide}" if signal.decide else ""


def _objectives(found: tuple[Signal, ...]) -> list[str]:
    by_errors = any(signal.name == "errors" and "ratio" in signal.indicator for signal in found)
    objective = {"name": "availability", "indicator": "errors" if by_errors else "target.up", "objective": 99.9}
    return ["slos:", f"  - {flow(objective)}  {DECIDE} how much failure may users see in 30 days?"]


def _alerts(seen: Seen, metrics: dict[str, Data], found: tuple[Signal, ...]) -> list[str]:
    made = [alert for signal in found if (alert := _alert(seen, metrics, signal))]
    return ["alerts:", *(line for alert in made for line in alert)] if made else []


def _alert(seen: Seen, metrics: dict[str, Data], signal: Signal) -> list[str]:
    """An alert of a signal that has a limit which can be told without knowing the service."""
    match signal.name:
        case "errors" if "ratio" in signal.indicator:
            name, above, for_, severity = "HighErrorRate", "5%", "5m", "critical"
            summary = f"{seen.called} fails too many requests"
        case "latency":
            metric = metrics[signal.indicator["quantile"]["of"]]
            name, above, for_, severity = "SlowResponses", _slow(metric), "10m", "high"
            summary = f"{seen.called} answers slowly"
        case "file-descriptors":
            name, above, for_, severity = "FewFileDescriptors", "80%", "10m", "high"
            summary = f"{seen.called} has used most of its file descriptors"
        case _:
            return []
    return [
        f"  - name: {seen.prefix}{name}",
        f"    indicator: {signal.name}",
        f"    above: {above}  {DECIDE} when should somebody be told?",
        f"    for: {for_}",
        f"    severity: {severity}",
        f"    summary: {flow(summary)}",
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
