"""Services of one shape are filled in, to the byte as they would be rendered one by one."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import alike, render
from generator.text import to_yaml
from spec.load import load, texts
from tests.unit.valid_specs import services, specs

Files = dict[str, dict[str, Any]]
NAMES = ("tenant0", "tenant1", "tenant2", "tenant7", "tenant9")


def like(service: dict[str, Any], name: str, title: str) -> dict[str, Any]:
    """The service `tenant0` under another name."""
    other: dict[str, Any] = json.loads(json.dumps(service).replace("tenant0", name))
    return {**other, "title": title}


def outcome(files: Files) -> tuple[dict[str, bytes], dict[str, bytes], set[str]]:
    """The files as they are filled in, the files as they are rendered, and which services were not rendered."""
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(to_yaml(data))
        loaded = load(Path(folder, "stack.yaml"))
    rendered: set[str] = set()

    def noted(name: str, artefacts: Any) -> Any:
        rendered.add(name)
        yield from artefacts

    stack = loaded.stack
    parts = ((name, noted(name, artefacts)) for name, artefacts in render.parts(stack))
    filled = alike.filled(parts, alike.shapes(stack, texts(loaded.tree)))
    found = {artefact.path: artefact.content for _, artefacts in filled for artefact in artefacts}
    direct = {artefact.path: artefact.content for _, artefacts in render.parts(stack) for artefact in artefacts}
    return found, direct, {service.name for service in stack.services} - rendered


def of(stack: dict[str, Any], service: dict[str, Any], **more: Any) -> Files:
    """A project of five services like this one."""
    made = {f"services/{name}.yaml": like(service, name, f"Tenant {12 * n}") for n, name in enumerate(NAMES)}
    return {"stack.yaml": {**stack, **more}, **made}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(specs(), services("tenant0"), st.booleans())
def test_what_is_filled_in_is_what_would_be_rendered(files: Files, service: dict[str, Any], also: bool) -> None:
    project = of(files["stack.yaml"], service) | (files if also else {})
    filled, rendered, _ = outcome(project)
    assert filled == rendered


STACK = {
    "stack": "one", "include": ["services/*.yaml"], "owner": "ops", "owners": {"ops": {"title": "Operations"}},
    "secrets": {"chat": {"file": "secrets/chat"}},
    "notification": {"default": "chat", "receivers": {"chat": {"slack": {"channel": "#ops", "url": "chat"}}},
                     "routes": [{"name": "all", "when": {"owner": ["ops"]}, "to": ["chat"]}]},
}  # fmt: skip
SERVICE: dict[str, Any] = {
    "service": "tenant0", "title": "Tenant 0", "owner": "ops", "scrape": {"targets": ["tenant0:8000"]},
    "probes": [{"name": "live", "url": "http://tenant0:8000/"}],
    "metrics": {"tenant0_queue": {"type": "gauge", "help": "What waits."}},
    "indicators": {"queue": {"value": "tenant0_queue"}},
    "alerts": [{"name": "QueueLong", "indicator": "queue", "above": 9, "severity": "low", "summary": "Much waits"}],
}  # fmt: skip


def changed(files: Files, name: str, **values: Any) -> Files:
    files = deepcopy(files)
    files[f"services/{name}.yaml"] |= values
    return files


def routed(name: str) -> dict[str, Any]:
    """Notification with a route that names a service."""
    own = {"name": "one", "when": {"service": [name]}, "to": ["chat"]}
    notification: dict[str, Any] = STACK["notification"]  # type: ignore[assignment]  # a table of any values
    return {**notification, "routes": [own, *notification["routes"]]}


PLAIN = of(STACK, {**SERVICE, "metrics": {"queue": {"type": "gauge", "help": "What waits."}},
                   "indicators": {"queue": {"value": "queue"}}})  # fmt: skip


def titled(title: str) -> Files:
    """The plain project with titles made of the names."""
    return {path: {**data, "title": title.format(data.get("service"))} for path, data in PLAIN.items()}


CASES: tuple[tuple[str, Files, set[str]], ...] = (
    ("all alike", PLAIN, set(NAMES[2:])),
    ("one has another threshold", changed(PLAIN, "tenant2", indicators={"queue": {"value": "queue", "by": []}}),
     {"tenant7", "tenant9"}),
    ("one has another owner", changed(PLAIN, "tenant9", description="The largest."), {"tenant2", "tenant7"}),
    ("one has a title of its own", changed(PLAIN, "tenant7", title="Largest"), {"tenant2", "tenant9"}),
    ("titles are names, but for one", changed(titled("{}"), "tenant7", title="tenant5"), {"tenant2", "tenant9"}),
    ("titles hold names, but for one", changed(titled("The {}"), "tenant9", title="The tenant8"),
     {"tenant2", "tenant7"}),
    ("titles that would need care", {name: {**data, "title": f"{data['title']}: 1"} if "service" in data else data
                                     for name, data in PLAIN.items()}, set()),
    ("a route names one", {**PLAIN, "stack.yaml": {**STACK, "notification": routed("tenant2")}},
     {"tenant7", "tenant9"}),
    ("only two are alike", {path: PLAIN[path] for path in ("stack.yaml", *(f"services/{n}.yaml" for n in NAMES[:2]))},
     set()),
    ("names of alerts hold the service's", of(STACK, {**SERVICE, "alerts": [
        {**SERVICE["alerts"][0], "name": "QueueOftenant0"}]}), set()),
)  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_which_services_are_filled_in(files: Files, expected: set[str]) -> None:
    filled, rendered, spared = outcome(files)
    assert filled == rendered
    assert spared == expected


def test_words_that_stand_there_by_accident_are_found_out() -> None:
    """The title of the first stands in the text of the second as well."""
    files = changed(PLAIN, "tenant0", title="Much 1")
    for name in NAMES[1:]:
        files = changed(files, name, title=f"Much {name[-1]}{name[-1]}")
    assert outcome(files)[0] == outcome(files)[1]
