"""Services of one shape, such as those of many tenants: their files are the same text but for digits in name and title.

Names are as long as one another, and so are titles. All else being the same letter for letter, every entry stands at
the same place, has the same type and length, and differs from the first one's only where name or title stand in it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

FEWEST = 3
"""How many services of a shape there must be before it saves anything."""
TITLE, NAME = 0, 1
"""Where the words of a shape are."""
_NAME = re.compile(rb"^service: (?=[a-z0-9_-]*[a-df-z])([a-z][a-z_-]*[0-9]+[a-z0-9_-]*)$", re.MULTILINE)
_TITLE = re.compile(
    rb"^title: ([\"']?)(?=[A-Za-z0-9 ]*[A-DF-Za-df-z])([A-Za-z](?:[A-Za-z0-9 ]*[A-Za-z0-9])?)\1$", re.MULTILINE
)
"""A text in which either stands is text, and no number: they have a letter besides the E of powers of ten."""


_ZEROS = bytes.maketrans(b"123456789", b"000000000")


class NotAlikeError(Exception):
    """Services that have one shape cannot be told to be alike: each has to be looked at."""


class Shape(NamedTuple):
    """What services have in common that are alike, and the words in which one differs from the others."""

    key: bytes
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The service's."""
        return self.words[NAME]


def shape_of(content: bytes) -> Shape | None:
    """The shape of a service's file, when it begins its lines as the file of a service does.

    None when something else in it begins like name or title, up to a digit: of two texts, the digits of a name could
    decide which is the larger.
    """
    names, titles = _NAME.search(content), _TITLE.search(content)
    if names is None or titles is None or b"\0" in content:
        return None
    name, title = names[1], titles[2]
    key = content.replace(title, b"\0title").replace(name, b"\0name")
    held = title.replace(name, b"\0name")
    stems = [word.translate(_ZEROS) for word in (held, name, title)]
    zeros = key.translate(_ZEROS)
    if any(stem[: stem.index(b"0") + 1] in zeros for stem in stems if b"0" in stem):
        return None
    return Shape(b"\0".join((*stems, key)), (title.decode(), name.decode()))


class Reading:
    """The shapes of the files that are read, and which services need not be, as two like them were.

    `apart` are services that have to be read whatever their shape, None when all have to.
    """

    def __init__(self, apart: AbstractSet[str] | None = None) -> None:
        self.apart = apart
        self.order: dict[str, None] = {}
        """Every service, as they stand in the spec."""
        self.copies: dict[str, str] = {}
        """The file of each service that was not read."""
        self._shapes: dict[str, Shape] = {}
        self._like: dict[bytes, list[str]] = {}

    def spares(self, content: bytes, file: str) -> bool:
        """Whether the file holds a service that need not be read."""
        shape = shape_of(content)
        if shape is None or shape.name in self.order or shape.name in (self.apart or ()):
            return False
        like = self._like.setdefault(shape.key, [])
        self._shapes[shape.name] = shape
        if self.apart is None or len(like) < FEWEST - 1:
            like.append(shape.name)
            return False
        self.copies[shape.name] = file
        self.order[shape.name] = None
        return True

    def take(self, name: str) -> None:
        """Note a service that was read. Raises NotAlikeError when it has the name of one that was not."""
        if name in self.copies:
            raise NotAlikeError
        self.order[name] = None

    def shapes(self, apart: AbstractSet[str] = frozenset()) -> dict[str, Shape]:
        """Those of the services that have enough others like them; but for some."""
        counts = Counter(shape.key for shape in self._shapes.values())
        return {
            name: shape for name, shape in self._shapes.items() if counts[shape.key] >= FEWEST and name not in apart
        }

    def models(self, name: str) -> tuple[str, str]:
        """The two services of the shape of this one that were read first."""
        first, second, *_ = self._like[self._shapes[name].key]
        return first, second
