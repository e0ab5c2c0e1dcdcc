"""The common ground of every type of the model: frozen, and unknown keys refused."""

from __future__ import annotations

from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value; a key which is not declared is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    def __deepcopy__(self, _: object = None) -> Self:
        """What nobody changes is its own copy: pydantic makes one of each default that has a mapping in it."""
        return self


def one_key(value: Any, keys: tuple[str, ...]) -> str | None:
    """The one of `keys` that a tagged value carries, or None when it carries none or several."""
    if isinstance(value, Model):
        return _key_of(type(value), keys)
    found = [key for key in value if key in keys] if isinstance(value, dict) else ()
    return found[0] if len(found) == 1 else None


@cache
def _key_of(kind: type[Model], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if key in kind.model_fields), None)
