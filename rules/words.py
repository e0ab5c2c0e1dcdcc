"""The words of an alert: templates for values with their units, links to its panel and its runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec import names
from spec.stack import once
from spec.units import unit

if TYPE_CHECKING:
    from spec.stack import Bound, BoundAlert, Stack

_HUMANE = {
    "seconds": "{{ $value | humanizeDuration }}",
    "ratio": "{{ $value | humanizePercentage }}",
    "bytes": "{{ $value | humanize1024 }}B",
    "percent": '{{ printf "%.1f" $value }}%',
    "per second": "{{ $value | humanize }}/s",
    "celsius": "{{ $value | humanize }}°C",
}


_OPEN = '{{"{{"}}'
"""A template that writes two braces."""


def verbatim(text: str) -> str:
    """A text of the spec for an annotation, where two braces would begin a template."""
    return text.replace("{{", _OPEN)


def spoken(annotation: str) -> str:
    """What `verbatim` was given."""
    return annotation.replace(_OPEN, "{{")


def humane(bound: Bound) -> str:
    """A template that writes the alert's value with its unit."""
    return _HUMANE.get(unit(bound), "{{ $value | humanize }}")


@once
def grafana_url(stack: Stack) -> str:
    """The address people open Grafana at, without a slash at its end."""
    access = stack.spec.access
    scheme = "https" if access.tls else "http"
    return (access.root_url or f"{scheme}://localhost:{stack.port('grafana')}").rstrip("/")


def panel_url(stack: Stack, service: str, alert: str) -> str:
    """The very panel that shows an alert."""
    panel = names.alert_panel(alert)
    return f"{grafana_url(stack)}/d/{names.alerts_dashboard(service)}?viewPanel={panel}"


def runbook_url(stack: Stack, service: str, alert: str, elsewhere: str | None = None) -> str:
    """The runbook of an alert: a page kept elsewhere, or the text beside its panel."""
    panel = names.alert_panel(alert) + 1
    return elsewhere or f"{grafana_url(stack)}/d/{names.alerts_dashboard(service)}?viewPanel={panel}"


def threshold(bound: BoundAlert) -> str:
    """`above 10%`, `below 20%`, or `present`."""
    alert = bound.alert
    if alert.above is not None:
        return f"above {alert.above}"
    return f"below {alert.below}" if alert.below is not None else "present"


def description(bound: BoundAlert) -> str:
    """What is said of the value: its name, the value with its unit, the threshold, the labels that tell which."""
    indicator = bound.indicator
    which = "".join(f", {label} {{{{ $labels.{label} }}}}" for label in indicator.spec.by)
    lasting = f" for {bound.alert.for_}" if bound.alert.for_.ms else ""
    fact = f"{verbatim(indicator.title)}{which}: {humane(indicator)} (alerts {threshold(bound)}{lasting})."
    return f"{verbatim(bound.alert.description)}\n{fact}" if bound.alert.description else fact
