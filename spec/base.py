"""The common ground of every type of the model: frozen, and unknown keys refused."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value; a key which is not declared is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


def one_key(value: Any, keys: tuple[str, ...]) -> str | None:
    """The one of `keys` that a tagged value carries, or None when it carries none or several."""
    if isinstance(value, Model):
        return next((key for key in keys if key in type(value).model_fields), None)
    found = [key for key in keys if isinstance(value, dict) and key in value]
    return found[0] if len(found) == 1 else None
