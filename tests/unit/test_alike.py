"""Services of one shape are filled in, to the byte as they would be rendered one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.tenants import NAMES, PLAIN, SERVICE, STACK, Files, changed, of, outcome, routed
from tests.unit.valid_specs import services, specs


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(specs(), services("tenant0"), st.booleans())
def test_what_is_filled_in_is_what_would_be_rendered(files: Files, service: dict[str, Any], also: bool) -> None:
    project = of(files["stack.yaml"], service) | (files if also else {})
    made = outcome(project)
    assert made.found == made.direct


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
