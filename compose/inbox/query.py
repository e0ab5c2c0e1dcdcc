"""Which messages a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .messages import KINDS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USUAL_LIMIT = 500
HIGHEST_LIMIT = 5_000


class QueryError(ValueError):
    """A question that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Query:
    """Filters; an empty one fits all. `alert`, `service` and `status` must hold for one and the same alert."""

    receiver: str = ""
    kind: str = ""
    alert: str = ""
    service: str = ""
    status: str = ""
    after: int = 0
    limit: int = USUAL_LIMIT

    def select(self, messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The fitting ones among messages, in their order, up to the limit."""
        return [message for message in messages if self._fits(message)][: self.limit]

    def _fits(self, message: Mapping[str, Any]) -> bool:
        return (
            message["id"] > self.after
            and self.receiver in {"", message["receiver"]}
            and self.kind in {"", message["kind"]}
            and (self._fits_alone(message) or any(self._fits_alert(alert) for alert in message["alerts"]))
        )

    def _fits_alone(self, message: Mapping[str, Any]) -> bool:
        """Whether it fits without a look at its alerts."""
        return not self.alert and not self.service and self.status in {"", message["status"]}

    def _fits_alert(self, alert: Mapping[str, str]) -> bool:
        return (
            self.alert in {"", alert["name"]}
            and self.service in {"", alert["service"]}
            and self.status in {"", alert["status"]}
        )


def parse(parameters: Mapping[str, Sequence[str]]) -> Query:
    """The query in a URL's parameters; unknown ones are errors, because ignoring a filter would find too much."""
    known = Query.__slots__
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise QueryError(f"no such parameter: {', '.join(unknown)} (there are {', '.join(known)})")
    given = {name: values[-1] for name, values in parameters.items()}
    _one_of("kind", given.get("kind", ""), KINDS)
    _one_of("status", given.get("status", ""), STATUSES)
    return Query(
        receiver=given.get("receiver", ""),
        kind=given.get("kind", ""),
        alert=given.get("alert", ""),
        service=given.get("service", ""),
        status=given.get("status", ""),
        after=_number("after", given.get("after", "0"), 2**53),
        limit=_number("limit", given.get("limit", str(USUAL_LIMIT)), HIGHEST_LIMIT),
    )


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value and value not in known:
        raise QueryError(f"'{name}' must be one of {', '.join(known)}")


def _number(name: str, value: str, highest: int) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 16 or int(value) > highest:
        raise QueryError(f"'{name}' must be a whole number up to {highest}")
    return int(value)
