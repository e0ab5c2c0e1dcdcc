"""What each family of files looks like, to the byte.

`expected/development/` has the files of one environment, `expected/production/` those which differ in the other. What
is rendered about the stack itself is left out: it follows from the packs, and would bury the rest. So is the file whose
only content is the checksum of the others.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, TypeAlias

import pytest

from generator import (
    alertmanager,
    alloy,
    blackbox,
    contract,
    dashboard_files,
    grafana,
    heartbeat,
    loki,
    processes,
    prometheus,
    rule_files,
    runbooks,
    units,
)
from generator.render import render
from spec.names import OWN_SERVICE
from tests.golden.small import ENVIRONMENTS, HERE, small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generator.artefact import Artefact
    from spec.stack import Stack

    Family: TypeAlias = Callable[[Stack], tuple[Artefact, ...]]

FAMILIES: tuple[Family, ...] = (
    prometheus.render, rule_files.render, alertmanager.render, heartbeat.render, blackbox.render, loki.render, alloy.render,
    grafana.render, dashboard_files.render, contract.render, runbooks.render, processes.render, units.render,
)  # fmt: skip
EXPECTED = HERE / "expected"
BASE = EXPECTED / ENVIRONMENTS[0]
CASES = [
    pytest.param(environment, family, id=f"{environment}-{family.__module__.removeprefix('generator.')}")
    for environment in ENVIRONMENTS
    for family in FAMILIES
]


def shown(family: Family, environment: str) -> dict[str, bytes]:
    """The family's files by path, without those about the stack itself."""
    return {
        artefact.path: artefact.content
        for artefact in family(small(environment))
        if not any(part.startswith(OWN_SERVICE) for part in artefact.path.split("/"))
    }


def expected(environment: str, path: str) -> bytes | None:
    for folder in (EXPECTED / environment, BASE):
        if (folder / path).is_file():
            return (folder / path).read_bytes()
    return None


def difference(path: str, old: bytes | None, new: bytes) -> Iterator[str]:
    if old is None:
        yield f"{path} is not expected"
    else:
        yield from unified_diff(
            old.decode().splitlines(), new.decode().splitlines(), f"expected/{path}", path, lineterm=""
        )


@pytest.mark.parametrize(("environment", "family"), CASES)
def test_a_family_renders_what_is_expected(environment: str, family: Family, request: pytest.FixtureRequest) -> None:
    files = shown(family, environment)
    if request.config.getoption("--refresh", default=False):
        refresh(environment, files)
    found = ((path, expected(environment, path), content) for path, content in files.items())
    wrong = [line for path, old, new in found if old != new for line in difference(path, old, new)]
    assert not wrong, "\n".join([*wrong[:200], "if this is meant: pytest tests/golden --refresh, then git diff"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_service_by_service_the_same_is_rendered(environment: str) -> None:
    """A family that looks at other services would give something else when it is asked about one alone."""
    stack = small(environment)
    families = {artefact for family in FAMILIES for artefact in family(stack)}
    rendered = {artefact for artefact in render(stack) if artefact.path != rule_files.HASH_FILE}
    assert rendered == families


def refresh(environment: str, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        file = EXPECTED / environment / path
        if file != BASE / path and (BASE / path).is_file() and (BASE / path).read_bytes() == content:
            file.unlink(missing_ok=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def test_every_expected_file_is_rendered_and_differs_from_the_other_environment(request: pytest.FixtureRequest) -> None:
    rendered = {env: {path for family in FAMILIES for path in shown(family, env)} for env in ENVIRONMENTS}
    stale = [
        file
        for environment in ENVIRONMENTS
        for file in sorted((EXPECTED / environment).rglob("*"))
        if file.is_file() and needless(file, environment, rendered[environment])
    ]
    if request.config.getoption("--refresh", default=False):
        for file in stale:
            file.unlink()
        stale = []
    assert not stale, f"no longer rendered, or the same in both environments: {', '.join(map(str, stale))}"


def needless(file: Path, environment: str, rendered: set[str]) -> bool:
    path = file.relative_to(EXPECTED / environment).as_posix()
    same = (
        environment != ENVIRONMENTS[0] and (BASE / path).is_file() and (BASE / path).read_bytes() == file.read_bytes()
    )
    return path not in rendered or same
