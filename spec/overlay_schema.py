"""The JSON Schema of an overlay: that of the spec with nothing required, and elements of lists by their names."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
_CHANGED = "-changed"
_REF = "#/$defs/"
_AT_LEAST = ("required", "minProperties")
"""What an overlay need not say, as the base says it."""
_NULL: Schema = {"type": "null", "description": "removes it"}


def overlay(spec: Schema, title: str) -> Schema:
    """The schema of what is laid over a spec of this schema: see `spec.overlay`.

    A list can be given anew, and is then as in the spec. One of elements with names can be a mapping of changes.
    """
    whole: Schema = spec["$defs"]
    changed = {f"{name}{_CHANGED}": _changed(node, whole) for name, node in whole.items()}
    root = _changed({key: value for key, value in spec.items() if key != "$defs"}, whole)
    return {**root, "title": title, "$defs": {**whole, **changed}}


def _changed(node: Schema, whole: Schema) -> Schema:
    if "$ref" in node:
        return {**node, "$ref": f"{node['$ref']}{_CHANGED}"}
    if node.get("type") == "array":
        return _named(node, whole)
    changed = {key: value for key, value in node.items() if key not in _AT_LEAST}
    for key in ("properties", "patternProperties"):
        if key in node:
            changed[key] = {name: _or_gone(value, whole) for name, value in node[key].items()}
    if isinstance(node.get("additionalProperties"), dict):
        changed["additionalProperties"] = _or_gone(node["additionalProperties"], whole)
    if "anyOf" in node:
        changed["anyOf"] = [_changed(part, whole) for part in node["anyOf"]]
    return changed


def _named(array: Schema, whole: Schema) -> Schema:
    item = array.get("items")
    if not isinstance(item, dict) or not _has_name(item, whole):
        return array
    by_name = {"type": "object", "additionalProperties": _or_gone(item, whole)}
    shown: Schema = {key: array[key] for key in ("title", "description") if key in array}
    return {**shown, "anyOf": [{key: array[key] for key in array if key not in shown}, by_name]}


def _has_name(item: Schema, whole: Schema) -> bool:
    kinds = item.get("anyOf", [item])
    models = (whole[kind["$ref"].removeprefix(_REF)] if "$ref" in kind else kind for kind in kinds)
    return any("name" in model.get("properties", ()) for model in models)


def _or_gone(node: Schema, whole: Schema) -> Schema:
    shown: Schema = {key: node[key] for key in ("description", "default") if key in node}
    return {**shown, "anyOf": [_changed({key: node[key] for key in node if key not in shown}, whole), _NULL]}
