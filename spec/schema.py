"""The model as JSON Schema for editors, and as a reference for people. Both come from the types and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from spec.overlay_schema import overlay
from spec.root import StackSpec
from spec.scalars import Duration, Quantity, Size
from spec.service import Pack, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

Schema = dict[str, Any]
_FILES: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("spec.schema.json", StackSpec, "Specola: stack.yaml"),
    ("service.schema.json", Service, "Specola: services/*.yaml"),
    ("pack.schema.json", Pack, "Specola: rules/packs/*.yaml"),
)
OVERLAY = "overlay.schema.json"
REFERENCE = "spec-reference.md"


class _Written(GenerateJsonSchema):
    """Defaults as people write them: `7d`, not how the model keeps it. Within types, their serialization says so."""

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Duration | Size | Quantity) else super().encode_default(dft)


def documents() -> Iterator[tuple[str, bytes]]:
    """File name and content of every generated document, to be kept in `docs/`."""
    for name, model, title in _FILES:
        yield name, _text(schema(model, title))
    yield OVERLAY, _text(overlay(schema(StackSpec, ""), "Specola: overlays/*.yaml"))
    yield REFERENCE, reference().encode()


def _text(data: Schema) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def schema(model: type[BaseModel], title: str) -> Schema:
    """The JSON Schema (draft 2020-12) of a model, by the keys that people write."""
    data = model.model_json_schema(by_alias=True, schema_generator=_Written)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **data, "title": title}


def reference() -> str:
    """The reference of the spec in Markdown: every type with its keys."""
    definitions: dict[str, Schema] = {}
    for _, model, title in _FILES:
        data = model.model_json_schema(by_alias=True, schema_generator=_Written)
        definitions |= data.get("$defs", {})
        definitions[model.__name__] = {key: value for key, value in data.items() if key != "$defs"} | {"file": title}
    roots = [model.__name__ for _, model, _ in _FILES]
    names = [*roots, *sorted(name for name in definitions if name not in roots)]
    head = "# The spec, key by key\n\nGenerated from the types by `specola schema`; do not edit.\n\n"
    index = " · ".join(f"[{name}](#{name.lower()})" for name in names)
    return head + index + "\n" + "".join(_type(name, definitions[name]) for name in names)


def _type(name: str, data: Schema) -> str:
    lines = [f"\n## {name}\n"]
    if "file" in data:
        lines.append(f"`{data['file'].split(': ')[1]}`\n")
    if data.get("description"):
        lines.append(data["description"] + "\n")
    properties: Mapping[str, Schema] = data.get("properties", {})
    if properties:
        lines += ["| key | type | default | |", "|---|---|---|---|"]
        required = data.get("required", ())
        lines += [_row(key, value, key in required) for key, value in properties.items()]
    return "\n".join(lines) + "\n"


def _row(key: str, data: Schema, required: bool) -> str:
    default = "**required**" if required else _default(data)
    description = " ".join(str(data.get("description", "")).split()).replace("|", "\\|")
    return f"| `{key}` | {_spelled(data)} | {default} | {description} |"


def _default(data: Schema) -> str:
    if "default" not in data or data["default"] in (None, {}, [], ""):
        return ""
    text = json.dumps(data["default"], ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|") if len(text) < 80 else "see the type"


def _spelled(data: Schema) -> str:
    """A type in words, with links to the types it is made of."""
    if "$ref" in data:
        name = data["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf"):
        if key in data:
            return " or ".join(dict.fromkeys(_spelled(part) for part in data[key] if part.get("type") != "null"))
    if "enum" in data:
        return ", ".join(f"`{value}`" for value in data["enum"])
    if "const" in data:
        return f"`{data['const']}`"
    kind = str(data.get("type", "any"))
    if kind == "array":
        items: Schema = data.get("items") or next(iter(data.get("prefixItems", ())), {})
        return f"list of {_spelled(items)}"
    if kind == "object":
        inner = data.get("additionalProperties")
        return f"mapping to {_spelled(inner)}" if isinstance(inner, dict) else "mapping"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(kind, kind)
