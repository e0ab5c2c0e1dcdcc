"""Runs the checks: each again until it holds or the time is over, and gathers what they say."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from compose.clients import UnreachableError
from compose.smoke import components, delivery, grafana, logs, metrics, panels
from compose.smoke.check import Check, Finding, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHECKS: tuple[Check, ...] = (
    Check("components", "every component is ready", components.ready, "components"),
    Check("targets", "every target is up", metrics.targets, "targets"),
    Check("rules", "every rule is loaded and evaluates", metrics.rules, "rules"),
    Check("probes", "every probe answers", metrics.probes, "probes"),
    Check("contracts", "every declared metric is exposed as declared", metrics.contracts, "metrics"),
    Check("watchdog", "alerts reach Alertmanager", delivery.watchdog),
    Check("delivery", "a test alert reaches the inbox and resolves", delivery.delivery),
    Check("log-line", "a log line is written and found", logs.line),
    Check("log-services", "logs of every service arrive", logs.services),
    Check("log-indicators", "indicators on log lines have values", logs.indicators, "indicators"),
    Check("data-sources", "Grafana's data sources answer", grafana.datasources),
    Check("dashboards", "Grafana serves every dashboard", grafana.dashboards, "dashboards"),
    Check("panels", "every panel has data or is rightly empty", panels.panels, "panels"),
)
"""In the order in which a stack comes to life."""
PAUSE = 1.0
SHOWN = 20
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2)."""


@dataclass(frozen=True)
class Verdict:
    """A check, what it found, and how long it took to hold (seconds)."""

    check: Check
    finding: Finding
    seconds: float

    @property
    def ok(self) -> bool:
        return self.finding.ok


def run(world: World, checks: Iterable[Check] = CHECKS) -> Iterator[Verdict]:
    """One verdict a check; each is asked again while it has problems and the world's deadline has not come."""
    for check in checks:
        started = time.monotonic()
        finding = _look(world, check)
        while not finding.ok and time.monotonic() < world.deadline:
            time.sleep(PAUSE)
            finding = _look(world, check)
        yield Verdict(check, finding, time.monotonic() - started)


def _look(world: World, check: Check) -> Finding:
    try:
        return check.look(world)
    except UnreachableError as error:
        return Finding("", (str(error),))


def text(verdict: Verdict) -> Iterator[str]:
    """Lines for people: the check, then its problems, at most twenty."""
    finding = verdict.finding
    state = "SKIP" if finding.skipped else "ok" if verdict.ok else "FAIL"
    yield f"{state:4}  {verdict.check.title:48} {finding.skipped or finding.detail} ({verdict.seconds:.1f} s)"
    for problem in finding.problems[:SHOWN]:
        yield f"      - {problem}"
    if len(finding.problems) > SHOWN:
        yield f"      … and {len(finding.problems) - SHOWN} more"


def as_json(verdicts: Iterable[Verdict]) -> str:
    """`checks` with name, ok and detail, and the counts of each section, such as `targets: {up, total}`."""
    listed = list(verdicts)
    report: dict[str, object] = {
        "ok": all(verdict.ok for verdict in listed),
        "checks": [
            {"name": v.check.name, "ok": v.ok, "skipped": v.finding.skipped, "detail": v.finding.detail,
             "problems": list(v.finding.problems), "seconds": round(v.seconds, 2)}
            for v in listed
        ],
    }  # fmt: skip
    report |= {v.check.section: v.finding.counts for v in listed if v.check.section}
    return json.dumps(report, indent=2)


def as_junit(verdicts: Iterable[Verdict]) -> str:
    """JUnit's XML: a test case for each check."""
    listed = list(verdicts)
    failed = sum(not verdict.ok for verdict in listed)
    skipped = sum(bool(verdict.finding.skipped) for verdict in listed)
    suite = ElementTree.Element(
        "testsuite", name="specola smoke", tests=str(len(listed)), failures=str(failed), skipped=str(skipped)
    )
    for verdict in listed:
        case = ElementTree.SubElement(suite, "testcase", name=verdict.check.name, time=f"{verdict.seconds:.2f}")
        if verdict.finding.skipped:
            ElementTree.SubElement(case, "skipped", message=verdict.finding.skipped)
        if not verdict.ok:
            problems = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", "\n".join(verdict.finding.problems))
            ElementTree.SubElement(case, "failure", message=problems.partition("\n")[0]).text = problems
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
