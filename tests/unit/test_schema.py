"""The JSON Schemas that editors read: what people write fits them, and so do the defaults they show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are one more package

from spec.schema import REFERENCE, documents
from spec.yaml_tree import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SCHEMAS: dict[str, Any] = {name: json.loads(content) for name, content in documents() if name != REFERENCE}
FILES = (
    ("spec.schema.json", ROOT / "stack.yaml"),
    *(("service.schema.json", path) for path in sorted((ROOT / "services").glob("*.yaml"))),
    *(("overlay.schema.json", path) for path in sorted((ROOT / "overlays").glob("*.yaml"))),
    *(("pack.schema.json", path) for path in sorted((ROOT / "rules/packs").glob("*.yaml"))),
)


@pytest.mark.parametrize(("name", "path"), FILES, ids=[path.name for _, path in FILES])
def test_what_people_write_fits(name: str, path: Path) -> None:
    written, problems = parse(path.read_bytes(), path.name)
    assert problems == ()
    complaints = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMAS[name]).iter_errors(written)
    ]
    assert complaints == []


@pytest.mark.parametrize(("overlay", "complaint"), [
    ("services: {tug: {alerts: {HighErrorRate: {for: 2m, above: null}, Gone: null}}}", ""),
    ("services: {tug: {alerts: {HighErrorRate: {fro: 2m}}}}", "$.services"),
    ("services: {tug: {alerts: [{name: Short}]}}", "$.services"),
    ("notification: {default: 3}", "$.notification"),
    ("storge: {}", "$"),
])  # fmt: skip
def test_an_overlay_says_only_what_differs(overlay: str, complaint: str) -> None:
    written, _ = parse(overlay, "overlay.yaml")
    found = [error.json_path for error in Draft202012Validator(SCHEMAS["overlay.schema.json"]).iter_errors(written)]
    assert found == ([complaint] if complaint else [])


def defaults(schema: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with a default: where it is, and its own schema."""
    if isinstance(schema, dict):
        if "default" in schema and not isinstance(schema["default"], dict | list):
            yield place, schema
        for key, value in schema.items():
            yield from defaults(value, f"{place}.{key}")


def test_a_component_need_not_say_what_is_usual() -> None:
    spec = {
        "stack": "s",
        "title": "S",
        "owner": "o",
        "owners": {"o": {"title": "O"}},
        "components": {"alertmanager": {"replicas": 2}},
    }
    complaints = [error.message for error in Draft202012Validator(SCHEMAS["spec.schema.json"]).iter_errors(spec)]
    assert complaints == ["'notification' is a required property"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_default_is_something_that_may_be_written(name: str) -> None:
    found = list(defaults(SCHEMAS[name]))
    assert len(found) > 50
    wrong = {
        place: own["default"]
        for place, own in found
        if not Draft202012Validator({**own, "$defs": SCHEMAS[name]["$defs"]}).is_valid(own["default"])
    }
    assert wrong == {}
