"""Two dashboards, the rendered one and the served one, compared by what they mean.

Grafana adds keys of its own when somebody saves, so only what was rendered is looked for in what is served; panels,
queries and variables that came besides are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
_NOT_MEANT = frozenset({"id", "version", "schemaVersion", "pluginVersion", "iteration", "editorMode", "x", "y"})
"""Keys that Grafana writes by itself. Places on the page follow from sizes and order."""
NAMES = {"panels": "id", "targets": "refId", "list": "name", "overrides": "matcher"}
"""Lists whose elements are known by one of their keys."""


@dataclass(frozen=True)
class Difference:
    """One value that is not as rendered. `panel` is the panel's title, empty for the dashboard itself."""

    panel: str
    panel_id: int
    path: str
    rendered: Json
    served: Json

    def text(self) -> str:
        """`Errors: fieldConfig.defaults.unit: 's' → 'ms'`"""
        where = f"{self.panel}: " if self.panel else ""
        if self.path == "":
            return f"{where}{'is gone' if self.served is None else 'was added'}"
        return f"{where}{self.path}: {_short(self.rendered)} → {_short(self.served)}"


@dataclass(frozen=True)
class Drift:
    """A dashboard that is not as rendered. `served` is what Grafana has of it."""

    kind: Literal["edited", "deleted", "extra", "moved"]
    uid: str
    title: str
    file: str = ""
    by: str = ""
    differences: tuple[Difference, ...] = ()
    served: Mapping[str, Json] = field(default_factory=dict, repr=False)
    folder: str = ""


def differences(rendered: Mapping[str, Json], served: Mapping[str, Json]) -> tuple[Difference, ...]:
    """Every difference: of the dashboard first, then panel by panel in the rendered order."""
    own = {key: value for key, value in rendered.items() if key not in ("panels", *_NOT_MEANT)}
    found = [Difference("", 0, path, *pair) for path, *pair in _compare("", own, served)]
    ours, theirs = _panels(rendered), _panels(served)
    for number, panel in ours.items():
        other = theirs.get(number)
        if other is None:
            found.append(Difference(panel.get("title", ""), number, "", panel, None))
        else:
            found += [
                Difference(panel.get("title", ""), number, path, *pair) for path, *pair in _compare("", panel, other)
            ]
    for number, panel in theirs.items():
        if number not in ours:
            found.append(Difference(panel.get("title", ""), number, "", None, panel))
    return tuple(found)


def _panels(board: Mapping[str, Json]) -> dict[int, Mapping[str, Json]]:
    """Every panel by its id, those inside of collapsed rows too."""
    inside = [inner for panel in board.get("panels") or () for inner in panel.get("panels") or ()]
    found = [*(board.get("panels") or ()), *inside]
    return {panel.get("id", 0): {key: value for key, value in panel.items() if key != "panels"} for panel in found}


def _compare(path: str, rendered: Json, served: Json) -> Iterator[tuple[str, Json, Json]]:
    """Path, rendered and served value of everything rendered that is not served so."""
    if isinstance(rendered, dict) and isinstance(served, dict):
        for key, value in rendered.items():
            if key not in _NOT_MEANT:
                yield from _compare(f"{path}.{key}" if path else key, value, served.get(key))
    elif isinstance(rendered, list) and isinstance(served, list):
        yield from _lists(path, rendered, served)
    elif rendered != served and not (_nothing(rendered) and _nothing(served)):
        yield path, rendered, served


def _lists(path: str, rendered: list[Json], served: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    key = NAMES.get(path.rpartition(".")[2])
    if key is None or not all(isinstance(one, dict) and key in one for one in (*rendered, *served)):
        if len(rendered) != len(served):
            yield path, rendered, served
            return
        for index, (one, other) in enumerate(zip(rendered, served, strict=True)):
            yield from _compare(f"{path}[{index}]", one, other)
        return
    others = {str(other[key]): other for other in served}
    for one in rendered:
        yield from _compare(f"{path}[{one[key]}]", one, others.pop(str(one[key]), None))
    for name, other in others.items():
        yield f"{path}[{name}]", None, other


def _nothing(value: Json) -> bool:
    """Whether Grafana leaves it out, or writes it where it was left out."""
    return value in (None, "", [], {}, False)


def _short(value: Json) -> str:
    text = repr(value) if value is not None else "nothing"
    return text if len(text) <= 100 else f"{text[:97]}..."
