"""The alerts that a service has without writing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec import packs
from spec.given import camel

if TYPE_CHECKING:
    from spec.service import Service

GIVEN = ("ServiceDown", "TargetDown", "SeriesNearLimit")
GIVEN_TO_PROBES = ("ProbeFailed", "ProbeSlow", "CertificateExpiring")


def given_alerts(service: Service) -> dict[str, str]:
    """Each alert's name, and where it comes from."""
    known = dict.fromkeys(GIVEN, "is given to every service")
    for probe in service.probes:
        known |= {f"{camel(probe.name)}{end}": f"is given to the probe {probe.name}" for end in GIVEN_TO_PROBES}
    for exporter in service.exporters:
        if exporter.pack in packs.names():
            known |= {alert.name: f"comes with the pack {exporter.pack}" for alert in packs.read(exporter.pack).alerts}
    return known
