"""Edits of the spec in words: which question of the reviewer each part of it belongs to, and what is dangerous there.

Parts whose consequences are compared elsewhere (alerts, routes' receivers, dashboards) are passed over here; whatever
no line of the table names is told all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diff import dangers
from diff.change import Change
from diff.edits import spelled, worded
from spec.base import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from diff.change import Group
    from diff.edits import Edit, Path

ANY = "*"


@dataclass(frozen=True)
class Part:
    """A part of the spec: where it is, the question it belongs to, what it is called, and what may be dangerous."""

    path: str
    group: Group | None
    title: str = ""
    danger: Callable[[Edit], str] = dangers.none


PARTS = (
    Part("services.*.alerts", None),
    Part("services.*.logs.alerts", None),
    Part("services.*.exporters.*.alerts", None),
    Part("services.*.indicators", None),
    Part("services.*.logs.indicators", None),
    Part("services.*.slos", None),
    Part("services.*.dashboards.*.sections.*.panels.*.width", "seen", "panel {0}/{1}/{3}"),
    Part("services.*.dashboards.*.sections", None),
    Part("services.*.dashboards.*.title", None),
    Part("services.*.dashboards.*.*", "seen", "dashboard {0}/{1}"),
    Part("services.*.dashboards", None),
    Part("services.*.metrics", None),
    Part("services.*.owner", "paged", "service {0}"),
    Part("services.*.golden", "seen", "golden signals of {0}"),
    Part("services.*.business", "seen", "business figures of {0}"),
    Part("services.*.keep_metrics", "cost", "service {0}", dangers.shorter),
    Part("services.*.scrape.targets", "watched", "service {0}", dangers.fewer),
    Part("services.*.scrape.files", "watched", "service {0}", dangers.fewer),
    Part("services.*.scrape.interval", "watched", "service {0}"),
    Part("services.*.scrape", "watched", "scrape of {0}"),
    Part("services.*.exporters.*", "watched", "exporter {0}/{1}", dangers.gone),
    Part("services.*.probes.*", "watched", "probe {0}/{1}", dangers.probe),
    Part("services.*.dependencies.*", "watched", "dependency {0}/{1}", dangers.dependency),
    Part("services.*.logs.keep", "cost", "logs of {0}", dangers.shorter),
    Part("services.*.logs.keep_levels", "cost", "logs of {0}"),
    Part("services.*.logs.categories.*.keep", "cost", "log category {0}/{1}", dangers.shorter),
    Part("services.*.logs.lines", "cost", "logs of {0}"),
    Part("services.*.logs.limit", "cost", "logs of {0}"),
    Part("services.*.logs.rotate", "cost", "logs of {0}"),
    Part("services.*.logs.drop", "cost", "logs of {0}"),
    Part("services.*.logs.sample", "cost", "logs of {0}"),
    Part("services.*.logs.redact", "watched", "logs of {0}", dangers.redaction),
    Part("services.*.logs.redact_patterns.*", "watched", "logs of {0}", dangers.redaction),
    Part("services.*.logs.categories.*", "watched", "log category {0}/{1}"),
    Part("services.*.logs", "watched", "logs of {0}", dangers.gone),
    Part("services.*.simulate_port", "up", "simulator of {0}"),
    Part("services.*.exceptions.*", "watched", "exception {0}/{1}"),
    Part("services.*", "watched", "service {0}", dangers.gone),
    Part("notification.silences", None),
    Part("notification.mute_intervals.*.times", None),
    Part("notification.mute_intervals.*.location", None),
    Part("notification.mute_intervals.*", "paged", "mute interval {0}"),
    Part("notification.receivers.*", "paged", "receiver {0}"),
    Part("notification.routes.*", "paged", "route {0}"),
    Part("notification.inhibitions.*", "paged", "inhibition {0}"),
    Part("notification.must_reach.*", "paged", "promise {0}", dangers.promise),
    Part("notification.deliver", "paged", "messages", dangers.delivery),
    Part("notification.heartbeat", "paged", "notification", dangers.heartbeat),
    Part("notification.grouping.repeat", "paged", "grouping, repeat"),
    Part("notification.grouping", "paged", "grouping"),
    Part("notification.smtp", "paged", "mail server", dangers.mail),
    Part("notification", "paged", "notification"),
    Part("owners.*", "paged", "owner {0}"),
    Part("owner", "paged", "the stack"),
    Part("storage.metrics", "cost", "metrics", dangers.shorter),
    Part("storage.logs", "cost", "logs", dangers.shorter),
    Part("storage.alerts", "cost", "resolved alerts and silences"),
    Part("budget", "cost", "budget"),
    Part("defaults.interval", "cost", "defaults"),
    Part("defaults.evaluation", "cost", "defaults"),
    Part("defaults", "watched", "defaults"),
    Part("components.*.listen", "up", "component {0}", dangers.public),
    Part("components.*.enabled", "up", "component {0}", dangers.switched_off),
    Part("components.*.memory", "cost", "component {0}"),
    Part("components.*.cpus", "cost", "component {0}"),
    Part("components.*", "up", "component {0}"),
    Part("network.listen", "up", "every component", dangers.public),
    Part("network", "up", "network"),
    Part("access.basic_auth", "up", "access", dangers.door),
    Part("access.tls", "up", "access", dangers.plain),
    Part("access.docker_socket", "up", "access", dangers.socket),
    Part("access", "up", "access"),
    Part("secrets.*", "up", "secret {0}"),
    Part("reports.*", "seen", "report {0}"),
    Part("remote_write.*", "watched", "remote write {0}", dangers.gone),
    Part("overlays.*", "watched", "environment {0}"),
    Part("labels", "watched", "every series and alert"),
    Part("simulation", "up", "simulation", dangers.simulated),
    Part("pace", "up", "the stack", dangers.pace),
    Part("", "watched", "the stack"),
)
"""The first that fits is taken. `{0}` is what the first star stands for."""
_PATTERNS = tuple((tuple(part.path.split(".")) if part.path else (), part) for part in PARTS)


def explained(found: Iterable[Edit]) -> Iterator[Change]:
    """Every edit that no comparison of consequences tells of."""
    for edit in found:
        part, names = place(edit.path)
        if part.group is not None:
            yield _change(edit, part, names)


def place(path: Path) -> tuple[Part, tuple[str, ...]]:
    """The part of the spec that a path lies in, and what its stars stand for."""
    for pattern, part in _PATTERNS:
        if len(path) >= len(pattern) and all(
            known in (ANY, given) for known, given in zip(pattern, path, strict=False)
        ):
            return part, tuple(given for known, given in zip(pattern, path, strict=False) if known == ANY)
    raise LookupError(path)


def _depth(part: Part) -> int:
    """How many names of a path its subject stands for; a star at the end for fields is none of them."""
    names = part.path.split(".") if part.path else []
    return len(names) - part.path.endswith(f"{ANY}.{ANY}")


def _change(edit: Edit, part: Part, names: tuple[str, ...]) -> Change:
    subject, depth = part.title.format(*names), _depth(part)
    below, risk, group = edit.path[depth:], part.danger(edit), part.group or "watched"
    whole = edit.before if edit.after is None else edit.after
    named = not below and part.path.endswith(ANY)
    if None in (edit.before, edit.after) and (named or isinstance(whole, Model)):
        label = "" if named else f"{' '.join(below or edit.path[-1:])}: "
        return Change(group, "+" if edit.before is None else "-", subject, f"{label}{spelled(whole)}", risk)
    above = ".".join(below[:-1])
    return Change(group, "~", subject, f"{above}: {worded(edit)}" if above else worded(edit), risk)
