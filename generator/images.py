"""The container images of the stack, read from `compose/versions.yaml`, the one place where a tag stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = Path(__file__).parent.parent / "compose" / "versions.yaml"
PREFIX = "SPECOLA_IMAGE_"

Probe = Literal["busybox", "bash", "python", "redis", "command", "none"]


@dataclass(frozen=True)
class Image:
    """An image and what has to be known to run it hardened; the table's heading explains each field.

    `name` is the key of the table. `config` and `data` are empty where the image has none.
    """

    name: str
    reference: str
    user: str
    probe: Probe
    port: int
    config: str = ""
    data: str = ""
    tmpfs: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that replaces the reference: `SPECOLA_IMAGE_NODE_EXPORTER`."""
        return PREFIX + self.name.upper().replace("-", "_")

    def with_reference(self, reference: str) -> Image:
        """The same image from elsewhere, such as a private registry: `components.<name>.image` of the spec."""
        return replace(self, reference=reference)


@cache
def images() -> Mapping[str, Image]:
    """Every image by name."""
    import yaml

    table = yaml.load(TABLE.read_bytes(), Loader=yaml.CSafeLoader)
    return MappingProxyType({name: _image(name, facts) for name, facts in table.items()})


def _image(name: str, facts: dict[str, Any]) -> Image:
    """A row of the table; a shipped file, so a mistake in it is ours and shows in the first test."""
    lists = {key: tuple(value) for key, value in facts.items() if isinstance(value, list)}
    fields = {key: value for key, value in facts.items() if key not in ("image", "tag")}
    return Image(name=name, reference=f"{facts['image']}:{facts['tag']}", **{**fields, **lists})
