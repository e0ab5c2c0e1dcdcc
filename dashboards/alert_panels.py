"""Panels of alerts, from Prometheus' own series of them: what fires, since when, how often, and how it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import look, panels
from dashboards.parts import RANGE, Column, Meaning, Query, Threshold
from dashboards.stencils import stencilled
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.names import SEVERITIES, WATCHDOG

if TYPE_CHECKING:
    from dashboards.parts import Link, Panel
    from spec.stack import Watched

NONE_FIRE = "no alerts"
NONE_FIRED = "no alerts in this time"
RANKS = {severity: rank for rank, severity in enumerate(reversed(SEVERITIES), start=1)}
"""Severities as numbers for panels that show the worst: 4 is critical."""

SEVERITY_MEANINGS = tuple(Meaning(name, name, look.SEVERITY_COLOURS[name]) for name in SEVERITIES)
RANK_MEANINGS = (
    Meaning(0, "ok", look.OK),
    *(Meaning(rank, severity, look.SEVERITY_COLOURS[severity]) for severity, rank in RANKS.items()),
)
QUIET, PENDING, FIRING = 0, 1, 2
STATES = (
    Meaning(QUIET, "quiet", look.OK),
    Meaning(PENDING, "pending", look.GREY),
    Meaning(FIRING, "firing", look.VERMILION),
)


def alerts(state: str, matchers: str = "", series: str = "ALERTS") -> str:
    """The selector of alerts in a state; the alert that always fires is left out."""
    always = f'alertname!="{WATCHDOG}"'
    chosen = f'alertstate="{state}"' if series == "ALERTS" else ""
    return f"{series}{{{', '.join(filter(None, (chosen, always, matchers)))}}}"


def count(title: str, matchers: str = "", *links: Link, state: str = "firing", severity: str = "high") -> Panel:
    """How many alerts there are: 0 is written, and good."""
    return panels.stat(
        title=title,
        description=f"Alerts that are {state} now.",
        queries=(Query(f"count({alerts(state, matchers)}) or vector(0)", title),),
        trend=True,
        decimals=0,
        thresholds=(Threshold(1, severity),),
        links=links,
    )


def worst(base: str, matchers: str = "") -> str:
    """The rank of the worst firing alert by service, 0 where none fires; `base` has a series for each service."""
    ranked = " or ".join(
        f"{rank} * {alerts('firing', ', '.join(filter(None, (matchers, _severity(severity)))))}"
        for severity, rank in RANKS.items()
    )
    return f"max by (service) ({ranked} or 0 * {base})"


def _severity(severity: str) -> str:
    return f'severity="{severity}"'


def health(service: Watched, *links: Link) -> Panel:
    """The worst of what fires; down when no target answers."""
    one = f'service="{service.name}"'
    return panels.stat(
        title="State",
        description="The severity of the worst alert that fires; ok when none does.",
        queries=(Query(worst(f"up{{{one}}}", one), service.spec.title),),
        meanings=RANK_MEANINGS,
        links=links,
    )


def firing(
    title: str = "Firing now", matchers: str = "", *, service_link: Link | None = None, alert_link: Link | None = None,
    width: int = 12,
) -> Panel:  # fmt: skip
    """The alerts that fire, for how long, and on what: the longest first."""
    since = f"time() - {alerts('', matchers, 'ALERTS_FOR_STATE')} and ignoring(alertstate) {alerts('firing', matchers)}"
    return panels.table(
        title=title,
        description="Alerts that fire now, and for how long they have been active.",
        queries=(Query(since),),
        columns=(
            Column("severity", "Severity", meanings=SEVERITY_MEANINGS, width=80),
            *((Column("service", "Service", link=service_link, width=110),) if service_link else ()),
            Column("alertname", "Alert", link=alert_link),
            Column("instance", "Instance", width=130),
            Column("A", "Active for", "seconds", 1, width=100),
        ),
        sort_by="Active for",
        descending=True,
        empty=NONE_FIRE,
        width=width,
        height=8,
    )


def history(title: str = "Alerts over time", matchers: str = "", *, by: str = "alertname", width: int = 12) -> Panel:
    """When which alerts were pending and firing."""
    states = f"{FIRING} * {alerts('firing', matchers)} or {alerts('pending', matchers)}"
    labels = by.split(", ")
    nothing = f'label_replace(vector({QUIET}), "{labels[-1]}", "none", "", "")'
    legend = " ".join(f"{{{{{label}}}}}" for label in labels)
    return panels.state_timeline(
        title=title,
        description="When alerts were pending and firing. Alerts that were neither are not listed.",
        queries=(Query(f"max by ({by}) ({states}) or on () {nothing}", legend),),
        meanings=STATES,
        width=width,
        height=8,
    )


@stencilled
def now_and_before(matchers: str) -> tuple[Panel, ...]:
    """What fires, and what did."""
    return firing("Firing now", matchers), history("Alerts over time", matchers)


@stencilled
def state(alert: str, service: str) -> tuple[Panel, ...]:
    """The states of one alert of a service over time, quiet times included."""
    one = f'alertname="{alert}", service="{service}"'
    expression = f'max({FIRING} * ALERTS{{alertstate="firing", {one}}} or ALERTS{{alertstate="pending", {one}}})'
    shown = panels.state_timeline(
        title=f"{alert}: states",
        description=f"When {alert} was pending and firing.",
        queries=(Query(f"{expression} or vector({QUIET})", alert),),
        meanings=STATES,
        height=4,
    )
    return (shown,)


def by_severity(matchers: str = "", *, width: int = 12) -> Panel:
    """How many alerts of each severity fired over time."""
    return panels.timeseries(
        title="Firing alerts by severity",
        description="How many alerts of each severity were firing.",
        queries=tuple(
            Query(f"count({alerts('firing', ', '.join(filter(None, (matchers, _severity(name)))))}) or vector(0)", name)
            for name in SEVERITIES
        ),
        stack="normal",
        draw="steps",
        colours={name: look.SEVERITY_COLOURS[name] for name in SEVERITIES},
        decimals=0,
        width=width,
    )


def noisiest(matchers: str = "", *, width: int = 24) -> Panel:
    """The alerts that fired longest and most often in the time on the screen: what to mend or to remove first."""
    chosen = f"{{{matchers}}}" if matchers else ""
    seconds, times = (f"sum_over_time({record}{chosen}[{RANGE}])" for record in (FIRED_SECONDS, FIRED_TIMES))
    return panels.table(
        title="Noisiest alerts",
        description="How long each alert fired, and how often it began to, in the time on the screen.",
        queries=(Query(f"topk(20, {seconds})"), Query(times)),
        columns=(
            Column("severity", "Severity", meanings=SEVERITY_MEANINGS, width=100),
            Column("service", "Service", width=160),
            Column("alertname", "Alert"),
            Column("A", "Fired for", "seconds", 1, width=110),
            Column("B", "Times", decimals=0, width=120),
        ),
        sort_by="Fired for",
        descending=True,
        empty=NONE_FIRED,
        width=width,
    )
