"""Which services an edit can touch: the others are not made, and nothing may be lost by that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.catalog import of_service
from diff import compare as comparing
from diff.touched import READ, touched
from generator import contract, rule_files
from rules.proof.routing import every_alert
from rules.runbook import page
from spec.base import Model
from spec.load import load
from spec.names import OWN_SERVICE
from spec.stack import Stack
from tests.diff.case import BASE
from tests.diff.test_nothing_is_lost import QUIET, SETTINGS, base

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
OF_ROUTES = {("notification", "routes"), ("notification", "default"), ("notification", "heartbeat")}
"""What the receivers of an alert follow from; these are compared by themselves."""
OF_STACK = sorted(text for texts in SETTINGS.values() for text in texts.values() if not text.startswith("services."))


class Watching:
    """A model that notes which of its parts are read."""

    def __init__(self, model: Any, path: tuple[str, ...], read: set[tuple[str, ...]]) -> None:
        self._model, self._path, self._read = model, path, read

    def __getattr__(self, name: str) -> Any:
        value, path = getattr(self._model, name), (*self._path, name)
        if isinstance(value, Model):
            return Watching(value, path, self._read)
        if name == "owners":
            return Owners(value, self._read)
        self._read.add(path)
        return value


class Owners(dict[str, Any]):
    """The owners, which note of whom somebody asks."""

    def __init__(self, owners: Mapping[str, Any], read: set[tuple[str, ...]]) -> None:
        super().__init__(owners)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        self._read.add(("owners", name))
        return super().__getitem__(name)


def made_for(stack: Stack) -> None:
    """All that is made for the one service of a stack."""
    (service,) = stack.services
    runbooks = {(rule.service, rule.alert): page(stack, rule) for rule in every_alert(stack)}
    assert list(of_service(stack, service, runbooks))
    rule_files.render(stack)
    contract.render(stack)


@pytest.mark.parametrize("project", [ROOT, ROOT / "tests/golden/spec", BASE], ids=lambda path: path.name)
def test_what_is_made_for_a_service_reads_no_more_of_the_stack(project: Path) -> None:
    stack = load(project / "stack.yaml").stack
    assert len(stack.services) > 2
    for service in stack.services:
        read: set[tuple[str, ...]] = set()
        watched: Any = Watching(stack.spec, (), read)
        made_for(Stack(watched, (service,)))
        assert read
        if service.name == OWN_SERVICE:
            continue  # always made
        rest = {path for path in read - OF_ROUTES if not any(path[: len(known)] == known for known in READ)}
        assert rest <= {("owners", service.spec.owner)}, service.name


@pytest.mark.parametrize("setting", OF_STACK)
def test_an_edit_of_the_stack_changes_what_it_did_when_all_was_compared(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = load(BASE / "stack.yaml", "production", [*QUIET, setting]).stack
    found = comparing.compare(base(), head)
    names = frozenset(service.name for stack in (base(), head) for service in stack.services)
    monkeypatch.setattr(comparing, "touched", lambda *_: names)
    assert found == comparing.compare(base(), head)


@pytest.mark.parametrize(("setting", "expected"), [
    ("storage.metrics.retention=60d", set()),
    ("components.inbox.memory=1GiB", set()),
    ("components.loki.memory=3GiB", set()),
    ("budget.series=100", set()),
    ("notification.receivers.chat.resolved=false", set()),
    ("notification.routes.pages.to=[pager, mail]", {"shop"}),
    ("owners.sales.title=Sellers", {"shop"}),
    ("services.jobs.title=Other", {"jobs"}),
    ("access.root_url=https://g.example.org", {"shop", "jobs"}),
])  # fmt: skip
def test_what_an_edit_touches(setting: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[frozenset[str]] = []

    def note(*given: Any) -> frozenset[str]:
        seen.append(touched(*given))
        return seen[-1]

    monkeypatch.setattr(comparing, "touched", note)
    comparing.compare(base(), load(BASE / "stack.yaml", "production", [*QUIET, setting]).stack)
    assert seen == [expected | {OWN_SERVICE}]
