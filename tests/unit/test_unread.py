"""Services of one shape are not read one by one, and what is told of them is as if they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.project import Project
from spec.alike import shape_of
from spec.load import load, load_alike
from spec.problem import SpecError
from tests.unit.checked import contents, edit, fresh, unchanged
from tests.unit.tenants import NAMES, PLAIN, SERVICE, STACK, Files, changed, of, outcome, routed, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from spec.load import Loaded


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
    ("an overlay takes one away", overlaid({"tenant1": None}), (), {"tenant7", "tenant9"}),
    ("an overlay takes away what is like none", overlaid({"aunt": None}) | {
        "services/aunt.yaml": {"service": "aunt", "title": "Aunt", "owner": "ops"}}, (),
     {"tenant2", "tenant7", "tenant9"}),
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


def told(read: Callable[[Path], Loaded], root: Path) -> object:
    """What is known of the spec, or what is said of its mistakes."""
    try:
        return read(root).afar
    except SpecError as error:
        return str(error)


SLIPS = ("", "x", "0", " ", "\n", ":", "- ", '"', "#", "tenant1", "Tenant 22", "[", "&a ", "\0")
SOME = ((NAMES[0],), (NAMES[1],), (NAMES[4],), NAMES[:2], NAMES[1:], NAMES)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SOME), st.sampled_from(SLIPS), st.integers(0, 3), st.data())
def test_whatever_slips_into_files_the_same_is_told(
    tmp_path: Path, some: tuple[str, ...], slip: str, less: int, data: st.DataObject
) -> None:
    root = write(tmp_path, PLAIN)
    texts = {path: path.read_text() for path in (tmp_path / f"services/{name}.yaml" for name in some)}
    at = data.draw(st.integers(0, min(map(len, texts.values()))))
    for path, text in texts.items():
        path.write_text(text[:at] + slip + text[at + less :])
    assert told(load_alike, root) == told(load, root)


def test_a_name_that_could_be_part_of_a_number_gives_no_shape() -> None:
    assert shape_of(b"service: e5\ntitle: Some 1\n") is None
    assert shape_of(b"service: svc5\ntitle: E1\n") is None
    assert shape_of(b"service: svc5\ntitle: Some 1\n") == shape_of(b"service: svc5\ntitle: Some 1\n")


@pytest.mark.parametrize("text", ["description: As svc7", "description: As svc17", "description: Not Some 2"])
def test_a_text_with_a_name_like_its_own_gives_no_shape(text: str) -> None:
    assert shape_of(f"service: svc5\ntitle: Some 1\n{text}, of svc5\n".encode()) is None
    assert shape_of(f"service: svc5\ntitle: Some 1\n{text.replace('svc', 'sv').replace('2', '')}\n".encode())


def test_what_looks_like_the_name_and_means_another_time_is_found_out() -> None:
    files = {"stack.yaml": STACK} | {
        f"services/d{n}.yaml": {**PLAIN["services/tenant0.yaml"], "service": f"d{n}", "title": f"Tenant {n}",
                                "scrape": {"targets": ["here:1"]}, "probes": [], "keep_metrics": f"1d{n}m"}
        for n in range(1, 6)}  # fmt: skip
    made = outcome(files)
    assert (made.found, made.unread) == (made.direct, set())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Five services of one shape, rendered without reading them all."""
    made = Project(write(tmp_path, PLAIN).parent)
    made.bring_up_to_date()
    return made


def test_what_was_not_read_is_known_by_the_stamp(project: Project) -> None:
    assert contents(project) == fresh(project)
    assert unchanged(project) == len(contents(project))
    assert project.write(project.load()).changed == ()


EDITS: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("a threshold", lambda root: edit(root / "services/tenant9.yaml", "above: 9", "above: 8")),
    ("one of the first", lambda root: edit(root / "services/tenant0.yaml", "above: 9", "above: 8")),
    ("a title", lambda root: edit(root / "services/tenant7.yaml", "Tenant 46", "Tenant 47")),
    ("another's title", lambda root: edit(root / "services/tenant7.yaml", "Tenant 46", "Tenant 58")),
    ("one gone", lambda root: (root / "services/tenant1.yaml").unlink()),
    ("the stack", lambda root: edit(root / "stack.yaml", "title: Operations", "title: Keepers")),
)


@pytest.mark.parametrize("change", [one[1] for one in EDITS], ids=[one[0] for one in EDITS])
def test_an_edit_of_one_gives_what_a_fresh_render_would(project: Project, change: Callable[[Path], object]) -> None:
    change(project.root)
    project.bring_up_to_date()
    assert contents(project) == fresh(project)


def test_tuning_what_was_not_read_goes_the_short_way(project: Project) -> None:
    edit(project.root / "services/tenant9.yaml", "above: 9", "above: 8")
    written = project.renewed()
    assert written is not None
    assert {*written.changed} >= {"rules/tenant9.yml"}
    assert contents(project) == fresh(project)


def test_what_cannot_be_filled_in_is_read_after_all(tmp_path: Path) -> None:
    alert = {**SERVICE["alerts"][0], "name": "QueueOftenant0"}
    project = Project(write(tmp_path, of(STACK, {**SERVICE, "alerts": [alert]})).parent)
    assert load_alike(project.root / "stack.yaml").copies
    project.bring_up_to_date()
    assert contents(project) == fresh(project)
