"""amtool: the configuration, every templated text with a sample, and the routes against our own reading of them.

`check-config` looks neither at templated texts nor at what they refer to; both would fail when a message is sent.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from generator.alertmanager import TEMPLATES, matchers
from generator.runtime import RUNTIMES
from generator.validate import rendered
from generator.validate.work import Skip
from rules.groups import all_alerts
from rules.routing import reached
from spec import names
from spec.tree_path import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath
    from spec.yaml_tree import Map, Tree

CONFIG, TEXTS, ROUTES = "amtool/config", "amtool/templates", "amtool/routes"
NATIVE = "native/alertmanager/alertmanager.yml"
MOST_ROUTES = 60
"""How many kinds of alerts are sent through the routes; a test takes 15 ms."""
FIELDS = (
    ("severity", names.SEVERITY), ("owner", names.TEAM), ("service", names.SERVICE), ("environment", names.ENVIRONMENT),
    ("category", "category"), ("alert", "alertname"),
)  # fmt: skip
"""What a route can ask for, and the label that holds it."""
_LINE = re.compile(r"line (\d+): (.*)")
_FAILED = re.compile(r"FAILED: (.*?)(?:\n\s*\n|\Z)", re.DOTALL)
_WORDS = re.compile(r'"([^"]+)"|(\S*\d[^\s,;]*)')
_SAMPLE_LABELS = {
    "alertname": "SampleAlert",
    "severity": "critical",
    "instance": "sample:1",
    **dict.fromkeys((names.SERVICE, names.TEAM, names.ENVIRONMENT, "category", "job"), "sample"),
}
_SAMPLE_WORDS = dict.fromkeys(("summary", "description", "runbook_url", "dashboard_url"), "sample")


def config(work: Work) -> Iterator[Problem]:
    """`amtool check-config` for each runtime."""
    _need(work)
    here = work.folder.as_posix()
    for runtime in RUNTIMES:
        path = f"{runtime.folder}/alertmanager/alertmanager.yml"
        places = (
            {"/etc/specola/": f"{here}/build/", "/run/secrets/": f"{here}/secrets/"} if runtime.name == "docker" else {}
        )
        said = work.ask("amtool", "check-config", work.mapped(path, places))
        complaints = [" ".join(text.split()) for text in _FAILED.findall(said.text)]
        for complaint in complaints or ([said.last] if said.code else []):
            for message, at in _placed(work, path, complaint):
                yield work.problem(at, f"alertmanager.yml: {message}", id=CONFIG)


def texts(work: Work) -> Iterator[Problem]:
    """`amtool template render` of every templated text of every receiver, as it would be when a message is sent."""
    _need(work)
    data = work.folder / "sample-alerts.json"
    data.write_text(json.dumps(_sample()), encoding="utf-8")
    tree = readable(work)
    seen: set[tuple[str, str]] = set()
    for path, text in templated(tree, ()):
        kind = "html" if path[-1] == "html" else "text"
        if (kind, text) in seen:
            continue
        seen.add((kind, text))
        said = work.ask(
            "amtool", "template", "render", f"--template.glob=build/{TEMPLATES}", f"--template.data={data}",
            f"--template.type={kind}", f"--template.text={text}",
        )  # fmt: skip
        if "unknown" in said.err and "--template" in said.err:
            raise Skip("this amtool cannot render templates; version 0.25 can")
        if said.code:
            message = said.last.removeprefix("amtool: error: ")
            yield work.problem(origin(work, tree, path), f"alertmanager.yml: {path[-1]}: {message}", id=TEXTS)


def routes(work: Work) -> Iterator[Problem]:
    """`amtool config routes test`: for every kind of alert the rendered routes reach those whom the spec means."""
    _need(work)
    spec = work.stack.spec
    for labels in _kinds(work):
        words = [f"{name}={value}" for name, value in labels.items()]
        said = work.ask("amtool", "config", "routes", "test", f"--config.file=build/{NATIVE}", *words)
        lines = said.out.strip().splitlines()
        found = tuple(dict.fromkeys(lines[-1].split(","))) if lines else ()
        wanted = reached(spec.notification, labels) or ("nobody",)
        if said.code:
            yield work.problem(("notification", "routes"), f"amtool: {said.last}", id=ROUTES)
            return
        if found != wanted:
            message = f"an alert with {', '.join(words)} reaches {', '.join(found)} instead of {', '.join(wanted)}"
            yield work.problem(("notification", "routes"), message, id=ROUTES)


def readable(work: Work) -> Map:
    """Alertmanager's configuration as a tree. Raises Skip for one of many megabytes, which is not read."""
    tree = rendered.tree_of(work.text(NATIVE))
    if not tree:
        raise Skip(f"{NATIVE} is too large to be looked through")
    return tree


def templated(tree: Tree, path: SpecPath) -> Iterator[tuple[SpecPath, str]]:
    """Every text of a configuration which is a template, with its path."""
    if isinstance(tree, str):
        if "{{" in tree:
            yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from templated(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from templated(value, (*path, index))


def origin(work: Work, tree: Map, part: SpecPath) -> SpecPath:
    """Where in the spec a part of Alertmanager's configuration comes from."""
    notification = work.stack.spec.notification
    match part:
        case ("receivers", index, *_):
            name = str(value_at(tree, ("receivers", index, "name")))
            return ("notification", "receivers", *([name] if name in notification.receivers else []))
        case ("route", "routes", index, *_):
            return ("notification", "routes", *_route(work, tree, ("route", "routes", index)))
        case ("route", "receiver"):
            return ("notification", "default")
        case ("route", *_):
            return ("notification", "grouping")
        case ("time_intervals", index, *_):
            name = str(value_at(tree, ("time_intervals", index, "name")))
            return ("notification", "mute_intervals", name)
        case ("inhibit_rules", *_):
            return ("notification", "inhibitions")
        case ("global", str(key), *_) if key.startswith("smtp"):
            return ("notification", "smtp")
        case _:
            return ("notification",)


def _need(work: Work) -> None:
    if NATIVE not in work.artefacts:
        raise Skip("alertmanager is switched off in the spec")


def _placed(work: Work, path: str, complaint: str) -> Iterator[tuple[str, SpecPath]]:
    """Each mistake that a complaint names, with where it comes from."""
    text = work.text(path)
    tree = rendered.tree_of(text)
    numbered = re.findall(r"line (\d+): (.*?)(?= line \d+: |$)", complaint)
    for line, message in numbered:
        yield message, origin(work, tree, rendered.part_at(tree, int(line)))
    if not numbered:
        words = (quoted or bare for quoted, bare in _WORDS.findall(complaint))
        part = next((found for word in words if (found := rendered.part_with(text, word))), ())
        yield complaint, origin(work, tree, part)


def _route(work: Work, tree: Map, part: SpecPath) -> SpecPath:
    """The position in the spec of a rendered route: one that has its receiver and its matchers."""
    receiver, matched = (value_at(tree, (*part, key)) for key in ("receiver", "matchers"))
    for index, route in enumerate(work.stack.spec.notification.routes):
        if receiver in route.to and matchers(route.when) == matched:
            return (index,)
    return ()


def _kinds(work: Work) -> tuple[dict[str, str], ...]:
    """One alert of every kind that routes can tell apart (of at most MOST_ROUTES kinds), the watchdog among them."""
    routes = work.stack.spec.notification.routes
    told_apart = {label: {value for route in routes for value in getattr(route.when, field)} for field, label in FIELDS}
    environment = {names.ENVIRONMENT: work.stack.spec.environment, **work.stack.spec.labels}
    kinds: dict[tuple[str, ...], dict[str, str]] = {}
    for alert in all_alerts(work.stack):
        labels = {"alertname": alert.alert, **environment, **alert.labels}
        key = (labels[label] if labels.get(label) in named else "" for label, named in told_apart.items())
        kinds.setdefault((*key, "watchdog" if alert.alert == names.WATCHDOG else ""), labels)
    return tuple(kinds.values())[-MOST_ROUTES:]


def _sample() -> dict[str, object]:
    """Alertmanager's template data for a group with an alert that fires and one that has ended."""
    alert = {
        "labels": _SAMPLE_LABELS,
        "annotations": _SAMPLE_WORDS,
        "startsAt": "2024-01-01T00:00:00Z",
        "generatorURL": "http://sample",
        "fingerprint": "1",
    }
    return {
        "receiver": "sample", "status": "firing", "externalURL": "http://sample",
        "groupLabels": {"alertname": "SampleAlert"},
        "commonLabels": _SAMPLE_LABELS, "commonAnnotations": _SAMPLE_WORDS,
        "alerts": [
            {**alert, "status": "firing", "endsAt": "0001-01-01T00:00:00Z"},
            {**alert, "status": "resolved", "endsAt": "2024-01-01T01:00:00Z"},
        ],
    }  # fmt: skip
