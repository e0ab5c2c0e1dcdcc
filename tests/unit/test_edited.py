"""An edit of how services are tuned reads and renders these services only, to what a fresh render would give."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.project import Project
from generator.render import OF_ALL_SERVICES
from generator.text import to_yaml
from generator.write import Written
from spec import outline, sources
from spec.load import load_alone
from tests.unit.checked import BASE, contents, edit, fresh, unchanged
from tests.unit.valid_specs import loaded, specs

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=[sources.SETTLED, 0], ids=["young", "settled"])
def project(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three services, two of which need others, and an overlay; rendered."""
    monkeypatch.setattr(sources, "SETTLED", request.param)
    folder = Path(shutil.copytree(BASE, tmp_path / "project"))
    service = (folder / "services/shop.yaml").read_text()
    needs = (
        "dependencies: [{name: shop, service: shop}]\n"
        "exporters:\n  - {pack: node, targets: ['host:9100'], alerts: {HostCpuHigh: {above: 80%}}}\n"
    )
    for name in ("till", "zoo"):
        (folder / f"services/{name}.yaml").write_text(service.replace("service: shop", f"service: {name}") + needs)
    edit(folder / "stack.yaml", "owner: ops", "overlays: {development: laid.yaml}\nowner: ops")
    (folder / "laid.yaml").write_text("labels: {region: north}\n")
    made = Project(folder.resolve())
    made.write(made.load())
    return made


def shop(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: edit(root / "services/shop.yaml", old, new)


def till(old: str, new: str) -> Callable[[Path], object]:
    return lambda root: edit(root / "services/till.yaml", old, new)


def both(root: Path) -> None:
    for change in (shop, till):
        change("above: 5%", "above: 6%")(root)


SHORT: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("a threshold", shop("above: 5%", "above: 6%")),
    ("a time", shop("for: 5m", "for: 6m")),
    ("a severity", shop("severity: high", "severity: medium")),
    ("a summary", shop("summary: ", "summary: Now ")),
    ("a key more", shop("for: 5m", "for: 5m, keep_firing_for: 2m")),
    ("an objective", till("objective: 99.9", "objective: 99.5")),
    ("what burns", till("objective: 99.9", "objective: 99.9, alerts: {fast: high}")),
    ("what a pack gave", till("above: 80%", "above: 85%, for: 7m, severity: low")),
    ("a comment", shop("above: 5%", "above:  5%")),
    ("one that needs another", till("above: 5%", "above: 6%")),
    ("two of them", both),
)  # fmt: skip


@pytest.mark.parametrize("change", [one[1] for one in SHORT], ids=[one[0] for one in SHORT])
def test_tuning_goes_the_short_way_to_the_same_files(project: Project, change: Callable[[Path], object]) -> None:
    before = contents(project)
    change(project.root)
    written = project.renewed()
    after = contents(project)
    assert written is not None
    assert after == fresh(project)
    assert set(written.changed) == {path for path in after if after[path] != before[path]}
    assert (written.added, written.removed) == ((), ())
    assert len(written.changed) + written.unchanged == len(after)
    assert unchanged(project) == len(after)
    assert project.write(project.load()) == Written(unchanged=len(after))


THRESHOLD = shop("above: 5%", "above: 6%")
LONG: tuple[tuple[str, tuple[Callable[[Path], object], ...]], ...] = (
    ("another name of an alert", (shop("name: HighErrorRate", "name: ErrorRate"),)),
    ("an alert on something else", (shop("name: QueueLong, indicator: queue", "name: QueueLong, indicator: errors"),)),
    ("another title", (shop("title: Shop", "title: Sale"),)),
    ("one alert less", (shop("for: 5m", "enabled: false, for: 5m"),)),
    ("burning less", (till("objective: 99.9", "objective: 99.9, alerts: {fast: null, slow: null}"),)),
    ("a pack's other threshold", (till("{above: 80%}", "{below: 80%}"),)),
    ("a pack's alert less", (till("{above: 80%}", "{above: 80%, enabled: false}"),)),
    ("no threshold any more", (shop("above: 5%, ", ""),)),
    ("a service too", (THRESHOLD, lambda root: (root / "services/ant.yaml").write_text(
        (root / "services/zoo.yaml").read_text().replace("service: zoo", "service: ant")))),
    ("a service less", (THRESHOLD, lambda root: (root / "services/zoo.yaml").unlink())),
    ("the stack too", (THRESHOLD, lambda root: edit(root / "stack.yaml", "title: Web", "title: Wob"))),
    ("the overlay too", (THRESHOLD, lambda root: edit(root / "laid.yaml", "north", "south"))),
    ("an artefact too", (THRESHOLD, lambda root: (root / "build/contracts/till.json").write_text("x"))),
    ("the list too", (THRESHOLD, lambda root: (root / "build/.specola.json").unlink())),
    ("its own artefact too", (THRESHOLD, lambda root: (root / "build/rules/shop.yml").unlink())),
)  # fmt: skip


@pytest.mark.parametrize("changes", [one[1] for one in LONG], ids=[one[0] for one in LONG])
def test_any_other_edit_goes_the_long_way(project: Project, changes: tuple[Callable[[Path], object], ...]) -> None:
    for change in changes:
        change(project.root)
    before = {path: path.stat().st_ctime_ns for path in project.build.rglob("*")}
    assert project.renewed() is None
    assert {path: path.stat().st_ctime_ns for path in project.build.rglob("*")} == before


@pytest.mark.parametrize(
    "wrong", ["above: 5 %%", "above: .inf", "above: 5%, below: 1%", "abvoe: 5%", "silenced_by: [No]"]
)
def test_a_mistake_is_left_to_the_long_way(project: Project, wrong: str) -> None:
    """It tells every problem there is."""
    before = contents(project)
    shop("above: 5%", wrong)(project.root)
    assert project.renewed() is None
    assert contents(project) == before


@pytest.mark.parametrize("name", ["shop", "till"])
def test_what_is_laid_over_services_counts(project: Project, name: str) -> None:
    """Over the one that is edited, or over another, which is not read."""
    (project.root / "laid.yaml").write_text(
        "labels: {region: south}\n"
        "services: {till: {alerts: {HighErrorRate: {above: 9%, for: 9m}}, slos: {availability: {objective: 98}}}}\n"
    )
    other = Project(project.root, "", ("services.till.alerts.QueueLong.above=7", "services.zoo.title=Animals"))
    other.write(other.load())
    edit(project.root / f"services/{name}.yaml", "severity: medium", "severity: high")
    assert other.renewed() is not None
    assert contents(other) == fresh(other)


def test_files_that_change_while_they_are_read_are_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack is edited between the look at it and the reading."""

    def late(*args: Any) -> Any:
        edit(project.root / "stack.yaml", "title: Web", "title: Wob")
        return load_alone(*args)

    monkeypatch.setattr("generator.edited.load_alone", late)
    THRESHOLD(project.root)
    assert project.renewed() is None


def tuned(draw: st.DrawFn, service: dict[str, Any]) -> dict[str, Any]:
    """The service with other thresholds, times, words and goals."""
    other = deepcopy(service)
    for alert in other["alerts"]:
        key = "above" if "above" in alert else "below"
        alert[key] = draw(st.sampled_from((1, 0, "3%", 77)))
        alert |= draw(st.fixed_dictionaries({}, optional={
            "for": st.sampled_from(("0s", "7m")), "severity": st.sampled_from(("critical", "low")),
            "summary": st.sampled_from(("It is bad", "{{ $value }}")), "steps": st.just(["Look."]),
            "missing": st.sampled_from(("silent", "fires")), "runbook": st.just("https://wiki/x"),
        }))  # fmt: skip
    for objective in other["slos"]:
        objective["objective"] = draw(st.sampled_from((90, 99.9)))
    return other


@st.composite
def edits(draw: st.DrawFn) -> tuple[dict[str, dict[str, Any]], list[dict[str, dict[str, Any]]]]:
    """A project's files, and edits of the tuning of some services, one after the other."""
    project = draw(specs())
    names = sorted(path for path in project if path != "stack.yaml")
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    return project, [{name: tuned(draw, project[name])} for name in chosen]


def laid_down(folder: Path, spec: dict[str, dict[str, Any]]) -> None:
    (folder / "services").mkdir(exist_ok=True)
    for path, data in spec.items():
        (folder / path).write_bytes(to_yaml(data))


@FEW
@given(edits())
def test_whatever_is_tuned_the_build_is_that_of_a_fresh_render(
    given: tuple[dict[str, dict[str, Any]], list[dict[str, dict[str, Any]]]],
) -> None:
    with TemporaryDirectory() as folder:
        project = Project(Path(folder).resolve())
        laid_down(project.root, given[0])
        project.write(project.load())
        for step in given[1]:
            laid_down(project.root, step)
            assert project.renewed() is not None
            assert contents(project) == fresh(project)


@FEW
@given(edits())
def test_tuning_is_not_seen_from_afar(given: tuple[dict[str, dict[str, Any]], list[dict[str, dict[str, Any]]]]) -> None:
    before, steps = given
    after = {**before, **steps[0]}
    stacks = [outline.outlined(loaded(one)) for one in (before, after)]
    assert stacks[0] == stacks[1]
    for family in OF_ALL_SERVICES:
        assert list(family(stacks[0])) == list(family(loaded(after)))
