"""Planned silences: laid into Alertmanager, changed as the spec changes, and ended when they are gone from it.

Ours are known by who made them, `specola/NAME`. What people made by hand is shown, and left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from compose.clients import UnreachableError
from compose.fault import Trouble
from rules.inhibition import Condition, conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compose.clients import Client
    from spec.notify import Silence
    from spec.selector import Operator

PREFIX = "specola/"
PATH = "/api/v2/silences"


@dataclass(frozen=True)
class Laid:
    """A silence as Alertmanager has it, active or to come."""

    id: str
    by: str
    comment: str
    matchers: tuple[Condition, ...]
    starts: datetime
    ends: datetime
    active: bool

    @property
    def name(self) -> str:
        """Its name in the spec; empty for a silence that a person made."""
        return self.by.removeprefix(PREFIX) if self.by.startswith(PREFIX) else ""


@dataclass(frozen=True)
class Change:
    """What to do about a silence. `id` is the one there is, `wanted` the one there should be."""

    kind: Literal["silence", "change", "unsilence", "keep"]
    name: str
    reason: str
    id: str = ""
    wanted: Silence | None = None


def changes(wanted: Iterable[Silence], laid: Sequence[Laid], now: datetime) -> tuple[Change, ...]:
    """What makes Alertmanager hold the spec's silences that have not ended, each once, and no other of ours."""
    planned = {silence.name: silence for silence in wanted if silence.end > now}
    there: dict[str, Laid] = {}
    found: list[Change] = []
    for one in (one for one in laid if one.name):
        if one.name in planned and one.name not in there:
            there[one.name] = one
        else:
            why = "is there twice" if one.name in there else "no longer in the spec"
            found.append(Change("unsilence", one.name, why, one.id))
    for name, silence in planned.items():
        until = f"until {silence.ends}: {silence.reason} ({silence.owner})"
        if name not in there:
            found.append(Change("silence", name, until, wanted=silence))
        elif _same(silence, there[name], now):
            found.append(Change("keep", name, until, there[name].id))
        else:
            found.append(Change("change", name, until, there[name].id, silence))
    return tuple(found)


def read(alertmanager: Client) -> tuple[Laid, ...]:
    """Every silence that is active or to come. Raises UnreachableError."""
    found = (_laid(one) for one in alertmanager.get(PATH) if one["status"]["state"] != "expired")
    return tuple(sorted(found, key=lambda one: (one.starts, one.by, one.id)))


def apply(alertmanager: Client, change: Change) -> None:
    """Carry out one change. Raises Trouble when Alertmanager refuses it or does not answer."""
    try:
        if change.wanted is not None:
            alertmanager.post(PATH, _body(change.wanted) | ({"id": change.id} if change.id else {}))
        elif change.kind == "unsilence":
            answer = alertmanager.ask("DELETE", f"/api/v2/silence/{change.id}")
            if not answer.ok:
                raise UnreachableError(f"alertmanager answers {answer.status_code}")
    except UnreachableError as error:
        raise Trouble(f"the silence {change.name} cannot be set: {error}", "`specola up` again tries again") from error


def silenced(laid: Iterable[Laid], labels: Mapping[str, str]) -> Laid | None:
    """The active silence that keeps an alert with these labels quiet."""
    return next((one for one in laid if one.active and all(matcher.holds(labels) for matcher in one.matchers)), None)


def _body(silence: Silence) -> dict[str, Any]:
    return {
        "matchers": [
            {
                "name": one.label,
                "value": one.value,
                "isRegex": "~" in one.operator,
                "isEqual": not one.operator.startswith("!"),
            }
            for one in conditions(silence.matchers)
        ],
        "startsAt": silence.begin.isoformat(),
        "endsAt": silence.end.isoformat(),
        "createdBy": PREFIX + silence.name,
        "comment": _comment(silence),
    }


def _comment(silence: Silence) -> str:
    return f"{silence.reason} ({silence.owner})"


def _same(silence: Silence, laid: Laid, now: datetime) -> bool:
    """A silence that was late when it was laid starts when it was laid: a start that is past says nothing."""
    starts = silence.begin == laid.starts or (silence.begin <= now and laid.starts <= now)
    same = (silence.end, _comment(silence), frozenset(conditions(silence.matchers)))
    return starts and same == (laid.ends, laid.comment, frozenset(laid.matchers))


def _laid(data: Mapping[str, Any]) -> Laid:
    return Laid(
        data["id"],
        data["createdBy"],
        data["comment"],
        tuple(_condition(matcher) for matcher in data["matchers"]),
        datetime.fromisoformat(data["startsAt"]),
        datetime.fromisoformat(data["endsAt"]),
        data["status"]["state"] == "active",
    )


def _condition(matcher: Mapping[str, Any]) -> Condition:
    operators: dict[tuple[bool, bool], Operator] = {
        (True, False): "=",
        (True, True): "=~",
        (False, False): "!=",
        (False, True): "!~",
    }
    return Condition(matcher["name"], operators[matcher.get("isEqual", True), matcher["isRegex"]], matcher["value"])


def today() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
