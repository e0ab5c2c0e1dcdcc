"""All checks of what was rendered, and how they are made: two at a time, the tools' and our own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from generator.lint.catalog import LINTS
from generator.lint.forecast import table
from generator.validate import alloy, amtool, blackbox, compose_config, dashboards, loki, promtool
from generator.validate.excuses import EXCUSES, judge, read
from generator.validate.expressions import EXPRESSIONS, expressions
from generator.validate.program import Broken
from generator.validate.promises import PROMISES, promises
from generator.validate.report import SPEC, Report
from generator.validate.secrets import SECRETS, secrets
from generator.validate.silences import SILENCES, silences
from generator.validate.templates import TEMPLATES, templates
from generator.validate.work import Check, Skip, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.validate.work import Work

CHECKS: tuple[Check, ...] = (
    Check(promtool.CONFIG, "promtool", promtool.config),
    Check(promtool.RULES, "promtool", promtool.rules),
    Check(promtool.WEB, "promtool", promtool.web_config),
    Check(EXPRESSIONS, "", expressions),
    Check(amtool.CONFIG, "amtool", amtool.config),
    Check(amtool.TEXTS, "amtool", amtool.texts),
    Check(amtool.ROUTES, "amtool", amtool.routes),
    Check(TEMPLATES, "", templates),
    Check(PROMISES, "", promises),
    Check(SECRETS, "", secrets),
    Check(SILENCES, "", silences),
    Check(blackbox.CONFIG, "blackbox_exporter", blackbox.config),
    Check(blackbox.MODULES, "", blackbox.modules),
    Check(loki.CONFIG, "loki", loki.config),
    Check(alloy.CONFIG, "alloy", alloy.config),
    Check(compose_config.CONFIG, "docker", compose_config.config),
    Check(dashboards.DASHBOARDS, "", dashboards.dashboards),
    *LINTS,
)
TOOLS = tuple(dict.fromkeys(check.tool for check in CHECKS if check.tool))
"""The programs that are asked."""
WORKERS = 2


def look(work: Work, texts: Mapping[str, str], checks: tuple[Check, ...] = CHECKS) -> Report:
    """Make the checks, and heed the excuses in the spec's files (`texts`, by the names that problems give them)."""
    known = {check.name for check in checks} - {SPEC, EXCUSES}
    judged = judge(run(work, checks), read(texts), known)
    found = {problem for verdict in judged.verdicts for problem in verdict.problems}
    problems = tuple(sorted({*found, *judged.problems}))
    return Report(judged.verdicts, problems, checks, judged.excused, {"cardinality": table(work.stack)})


def run(work: Work, checks: tuple[Check, ...] = CHECKS) -> tuple[Verdict, ...]:
    """Make the checks; the verdicts are in the order of the checks."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return tuple(pool.map(lambda check: verdict(work, check), checks))


def verdict(work: Work, check: Check) -> Verdict:
    """Make one check. A program that comes to no verdict is a problem, never a check passed."""
    start = time.monotonic()
    if check.tool in work.missing and not work.tools:
        return Verdict(check.name, False, work.missing[check.tool], ())
    try:
        problems = tuple(sorted(set(check.look(work))))
    except Skip as skip:
        return Verdict(check.name, False, str(skip), (), time.monotonic() - start)
    except Broken as broken:
        component = ("components",)
        problems = (
            work.problem(
                component, f"{check.name}: {broken}", "see whether the program works by itself", id=check.name
            ),
        )
    return Verdict(check.name, True, "", problems, time.monotonic() - start)
