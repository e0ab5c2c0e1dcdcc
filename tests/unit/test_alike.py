"""Services of one shape are neither read nor rendered one by one, and all is to the byte as if they were."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import alike, kept, render
from generator.artefact import Artefact
from generator.rule_files import Checksum
from generator.text import to_yaml
from spec.alike import NotAlikeError, shape_of
from spec.load import load, load_alike
from spec.problem import SpecError
from tests.unit.valid_specs import services, specs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spec.load import Loaded

Files = dict[str, dict[str, Any]]
NAMES = ("tenant0", "tenant1", "tenant2", "tenant7", "tenant9")


def like(service: dict[str, Any], name: str, title: str) -> dict[str, Any]:
    """The service `tenant0` under another name."""
    other: dict[str, Any] = json.loads(json.dumps(service).replace("tenant0", name))
    return {**other, "title": title}


class Outcome(NamedTuple):
    """The files as they are rendered and filled in, those rendered one by one, and which services were spared that."""

    found: dict[str, bytes]
    direct: dict[str, bytes]
    unread: set[str]
    unrendered: set[str]


def write(folder: Path, files: Files) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(to_yaml(data))
    return folder / "stack.yaml"


def outcome(files: Files, settings: Sequence[str] = ()) -> Outcome:
    """Both ways; what was not read must be known as if it had been."""
    with TemporaryDirectory() as folder:
        root = write(Path(folder), files)
        plain, short = load(root, "", settings), load_alike(root, "", settings)
    direct = dict(render.render(plain.stack))
    assert short.afar == plain.afar
    assert short.stack.services == tuple(one for one in plain.stack.services if one.name not in short.copies)
    positions = {service.name: service.position for service in plain.stack.services}
    assert kept.made_from(short, {}, positions) == kept.made_from(plain, {}, positions)
    found, unrendered = filled(plain)
    assert found | direct == direct
    with suppress(NotAlikeError):
        found, unrendered = filled(short)
    return Outcome(found, direct, {*short.copies}, unrendered)


def filled(loaded: Loaded) -> tuple[dict[str, bytes], set[str]]:
    """The files, and the services whose files were filled in."""
    rendered: set[str] = set()

    def noted(name: str, artefacts: Any) -> Any:
        rendered.add(name)
        yield from artefacts

    parts = ((name, noted(name, artefacts)) for name, artefacts in render.parts(loaded.stack, loaded.afar))
    made = Checksum().through(one for _, of_one in alike.filled(parts, alike.shapes(loaded)) for one in of_one)
    found = {one.path: one.content for one in made if isinstance(one, Artefact)}
    return found, {service.name for service in loaded.afar.services} - rendered


def of(stack: dict[str, Any], service: dict[str, Any], **more: Any) -> Files:
    """A project of five services like this one."""
    made = {f"services/{name}.yaml": like(service, name, f"Tenant {12 * n + 10}") for n, name in enumerate(NAMES)}
    return {"stack.yaml": {**stack, **more}, **made}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(specs(), services("tenant0"), st.booleans())
def test_what_is_filled_in_is_what_would_be_rendered(files: Files, service: dict[str, Any], also: bool) -> None:
    project = of(files["stack.yaml"], service) | (files if also else {})
    made = outcome(project)
    assert made.found == made.direct


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
    made = outcome(files)
    assert made.found == made.direct
    assert made.unrendered == expected


def overlaid(services: dict[str, Any]) -> Files:
    """The plain project with an overlay that says something of services."""
    return {
        **PLAIN,
        "stack.yaml": {**STACK, "overlays": {"development": "dev.yaml"}},
        "dev.yaml": {"services": services},
    }


def needing(service: str) -> Files:
    """The plain project in which each service needs another, called after itself."""
    return {path: {**data, "dependencies": [{"name": "db", "service": service.format(data["service"])}]}
            if "service" in data else data for path, data in PLAIN.items()}  # fmt: skip


UNREAD: tuple[tuple[str, Files, tuple[str, ...], set[str]], ...] = (
    ("all alike", PLAIN, (), {"tenant2", "tenant7", "tenant9"}),
    ("an overlay says something of one", overlaid({"tenant2": {"alerts": {"QueueLong": {"above": 5}}}}), (),
     {"tenant7", "tenant9"}),
    ("the command line says something of one", PLAIN, ("services.tenant9.title=Other",), {"tenant2", "tenant7"}),
    ("and of one that is read anyway", PLAIN, ("services.tenant0.title=Other",), {"tenant7", "tenant9"}),
    ("a route names one", {**PLAIN, "stack.yaml": {**STACK, "notification": routed("tenant7")}}, (),
     {"tenant2", "tenant9"}),
    ("longer titles", changed(PLAIN, "tenant9", title="Tenant 100"), (), {"tenant2", "tenant7"}),
    ("each needs itself", needing("{}"), (), {"tenant2", "tenant7", "tenant9"}),
    ("words that no file can be filled in with", of(STACK, {**SERVICE, "alerts": [
        {**SERVICE["alerts"][0], "name": "QueueOftenant0"}]}), (), {"tenant2", "tenant7", "tenant9"}),
    ("several are played", {**PLAIN, "stack.yaml": {**STACK, "simulation": {"enabled": True}}}, (),
     {"tenant2", "tenant7", "tenant9"}),
)  # fmt: skip


@pytest.mark.parametrize(("files", "settings", "expected"), [one[1:] for one in UNREAD], ids=[one[0] for one in UNREAD])
def test_which_services_are_not_read(files: Files, settings: tuple[str, ...], expected: set[str]) -> None:
    made = outcome(files, settings)
    assert made.found == made.direct
    assert made.unread == expected


MISTAKES: tuple[tuple[str, Files, str], ...] = (
    ("in one", changed(PLAIN, "tenant9", owner="opps"),
     "services/tenant9.yaml:4:8: owner: unknown owner 'opps' (did you mean ops?)"),
    ("in all", {path: {**data, "owner": "opps"} if "service" in data else data for path, data in PLAIN.items()},
     "\n".join(f"services/{name}.yaml:4:8: owner: unknown owner 'opps' (did you mean ops?)" for name in NAMES)),
    ("of a type", changed(PLAIN, "tenant7", keep_metrics="long"),
     "services/tenant7.yaml:24:15: keep_metrics: not a duration: 'long'; write a number and a unit, such as 30s, 5m, "
     "1h30m or 30d"),
    ("of one with the same name", {**PLAIN, "services/z.yaml": PLAIN["services/tenant7.yaml"]},
     "services/z.yaml:2:10: service: service 'tenant7' is already given at services/tenant7.yaml:2:10 "
     "(give each service a name of its own)"),
    ("only some have what they need", needing("{}-db") | {
        f"services/{name}-db.yaml": {"service": f"{name}-db", "title": "Rows", "owner": "ops"} for name in NAMES[:4]},
     "services/tenant9.yaml:26:14: dependencies[0].service: unknown service 'tenant9-db' (did you mean tenant7-db?)"),
    ("an overlay names none", overlaid({"tenant3": {"title": "Third"}}),
     "dev.yaml:3:3: services.tenant3: no service 'tenant3' to change (did you mean 'tenant9'?)"),
)  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [one[1:] for one in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_mistakes_are_told_as_if_all_had_been_read(tmp_path: Path, files: Files, expected: str) -> None:
    root = write(tmp_path, files)
    with pytest.raises(SpecError) as plain:
        load(root)
    with pytest.raises(SpecError) as short:
        load_alike(root)
    assert str(short.value) == str(plain.value) == expected


def test_a_name_that_could_be_part_of_a_number_gives_no_shape() -> None:
    assert shape_of(b"service: e5\ntitle: Some 1\n") is None
    assert shape_of(b"service: svc5\ntitle: E1\n") is None
    assert shape_of(b"service: svc5\ntitle: Some 1\n") == shape_of(b"service: svc5\ntitle: Some 1\n")


def test_what_looks_like_the_name_and_means_another_time_is_found_out() -> None:
    files = {"stack.yaml": STACK} | {
        f"services/d{n}.yaml": {**PLAIN["services/tenant0.yaml"], "service": f"d{n}", "title": f"Tenant {n}",
                                "scrape": {"targets": ["here:1"]}, "probes": [], "keep_metrics": f"1d{n}m"}
        for n in range(1, 6)}  # fmt: skip
    made = outcome(files)
    assert (made.found, made.unread) == (made.direct, set())
